//! Every shader is valid, binds what its row of facts says, and lays out its structs as Rust does. No GPU needed.

#![cfg(not(target_arch = "wasm32"))]

mod common;

use blue_cube::grouping::Grouping;
use blue_cube::grouping::tiling::{Axes, Axis, Tiling};
use blue_cube::kernel::adam::AdamParams;
use blue_cube::kernel::axes::{AxesParams, AxisSums};
use blue_cube::kernel::channel_sums::ChannelSumsParams;
use blue_cube::kernel::constrain::ConstrainParams;
use blue_cube::kernel::conv2d::Conv2dParams;
use blue_cube::kernel::dropout::DropoutParams;
use blue_cube::kernel::gru_step::GruParams;
use blue_cube::kernel::matmul::{GPU_TILE, MatmulParams};
use blue_cube::kernel::max_pool::MaxPoolParams;
use blue_cube::kernel::plane_moments::PlaneMomentsParams;
use blue_cube::kernel::regularize::RegularizeParams;
use blue_cube::kernel::relu::LenParams;
use blue_cube::kernel::sgd::SgdParams;
use blue_cube::kernel::softmax_loss::SoftmaxLossParams;
use blue_cube::kernel::step_sum::StepParams;
use blue_cube::kernel::tick::{Clock, TickParams};
use blue_cube::kernel::unpack_images::UnpackImagesParams;
use blue_cube::kernel::update_running::UpdateRunningParams;
use blue_cube::kernel::{Access, Kernel, PARAMS_BYTES};
use blue_cube::moments::Moments;
use blue_cube::norm::Fold;
use blue_cube::norm::blend::Blend;
use blue_cube::norm::switchable::SetPullback;
use blue_cube::norm::{PlaneAffine, PlanePullback, PlaneSums};
use blue_cube::shape::Shape;
use common::assert_no_failures;
use naga::valid::{Capabilities, GlobalUse, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, ArraySize, GlobalVariable, Handle, Module, ShaderStage, StorageAccess, TypeInner};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;

/// Of WebGPU's default limits: `maxStorageBuffersPerShaderStage`, `maxComputeInvocationsPerWorkgroup`,
/// `maxComputeWorkgroupStorageSize` (bytes).
const MAX_STORAGE_BUFFERS: usize = 8;
const MAX_INVOCATIONS: u32 = 256;
const MAX_WORKGROUP_BYTES: u32 = 16 << 10;

/// The workgroup size of every shader, by which the executor counts its workgroups.
const WG_SIZE: u32 = 64;
const _: () = assert!(WG_SIZE <= MAX_INVOCATIONS);

struct Checked {
    kernel: Kernel,
    module: Module,
    info: ModuleInfo,
}

fn check(kernel: Kernel) -> Result<Checked, String> {
    let facts = kernel.info();
    let module = naga::front::wgsl::parse_str(facts.wgsl)
        .map_err(|error| error.emit_to_string_with_path(facts.wgsl, facts.label))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .map_err(|error| error.emit_to_string_with_path(facts.wgsl, facts.label))?;
    Ok(Checked { kernel, module, info })
}

/// All shaders that are valid; the test of validity tells of the others.
fn all_valid() -> Vec<Checked> {
    let valid: Vec<Checked> = Kernel::ALL.iter().filter_map(|&kernel| check(kernel).ok()).collect();
    assert!(!valid.is_empty(), "no shader is valid");
    valid
}

/// One shader's failures, each with its label.
fn failures_of(check: impl Fn(&Checked) -> Vec<String>) -> Vec<String> {
    let label = |checked: &Checked| checked.kernel.info().label;
    all_valid()
        .iter()
        .flat_map(|checked| check(checked).into_iter().map(|failure| format!("{}: {failure}", label(checked))))
        .collect()
}

#[test]
fn naga_finds_every_shader_valid() {
    let failures: Vec<String> = Kernel::ALL.iter().filter_map(|&kernel| check(kernel).err()).collect();
    assert_no_failures("naga", &failures);
}

#[test]
fn every_shader_is_a_kernel_and_is_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let mut failures = Vec::new();
    let mut labels = BTreeSet::new();
    for &kernel in Kernel::ALL {
        let facts = kernel.info();
        let camel: String = facts.label.split('_').map(capitalized).collect();
        if camel != format!("{kernel:?}") {
            failures.push(format!("{kernel:?} has the label {}", facts.label));
        }
        if facts.wgsl.contains("//") || facts.wgsl.contains("\n ") || facts.wgsl.contains("\n\n") {
            failures.push(format!("{}: a comment or blanks are left", facts.label));
        }
        if !labels.insert(facts.label) {
            failures.push(format!("{} stands twice in Kernel::ALL", facts.label));
        }
        match std::fs::read_to_string(root.join(format!("{}.wgsl", facts.label))) {
            Ok(text) if facts.wgsl.ends_with(&without_comments(&text)) => {}
            Ok(_) => failures.push(format!("{}: the WGSL is not that of its file", facts.label)),
            Err(error) => failures.push(format!("{}: {error}", facts.label)),
        }
    }
    for entry in std::fs::read_dir(&root).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.is_file() && !labels.contains(stem.as_str()) {
            failures.push(format!("shaders/{stem}.wgsl has no kernel"));
        }
    }
    assert_no_failures("shaders and kernels", &failures);
}

/// What a device needs of a shader; so no more stands in the wasm.
fn without_comments(text: &str) -> String {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or("").trim());
    code.filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

fn storage_bindings(checked: &Checked) -> BTreeMap<u32, (Handle<GlobalVariable>, Access)> {
    let mut found = BTreeMap::new();
    for (handle, variable) in checked.module.global_variables.iter() {
        if let (AddressSpace::Storage { access }, Some(binding)) = (variable.space, &variable.binding) {
            let writes = access.contains(StorageAccess::STORE);
            found.insert(binding.binding, (handle, if writes { Access::ReadWrite } else { Access::Read }));
        }
    }
    found
}

#[test]
fn bindings_are_those_of_the_facts() {
    let failures = failures_of(|checked| {
        let facts = checked.kernel.info();
        let found: Vec<(u32, Access)> =
            storage_bindings(checked).iter().map(|(&place, &(_, access))| (place, access)).collect();
        let want: Vec<(u32, Access)> = (1..).zip(facts.bindings.iter().copied()).collect();
        let mut failures = Vec::new();
        if found != want {
            failures.push(format!("WGSL binds {found:?}, the facts say {want:?}"));
        }
        for (_, variable) in checked.module.global_variables.iter() {
            let at = variable.binding.map(|binding| (binding.group, binding.binding));
            let fits = match variable.space {
                AddressSpace::Uniform => at == Some((0, 0)),
                AddressSpace::Storage { .. } => at.is_some_and(|(group, _)| group == 0),
                AddressSpace::WorkGroup => at.is_none(),
                _ => false,
            };
            if !fits {
                failures.push(format!("{:?} stands in {:?} at {at:?}", variable.name, variable.space));
            }
        }
        failures
    });
    assert_no_failures("bindings", &failures);
}

#[test]
fn what_is_bound_is_used_as_it_is_bound() {
    let failures = failures_of(|checked| {
        let main = checked.info.get_entry_point(0);
        let mut failures = Vec::new();
        for (place, (handle, access)) in storage_bindings(checked) {
            let wanted = match access {
                Access::Read => GlobalUse::READ,
                Access::ReadWrite => GlobalUse::WRITE,
            };
            if !main[handle].contains(wanted) {
                failures.push(format!("binding {place} is {access:?}, but its use is {:?}", main[handle]));
            }
        }
        failures
    });
    assert_no_failures("uses of bindings", &failures);
}

#[test]
fn limits_that_every_device_offers_are_kept() {
    let failures = failures_of(|checked| {
        let module = &checked.module;
        let mut failures = Vec::new();
        match module.entry_points.as_slice() {
            [main] if main.name == "main" && main.stage == ShaderStage::Compute => {
                if main.workgroup_size != [WG_SIZE, 1, 1] || main.workgroup_size_overrides.is_some() {
                    failures.push(format!("a workgroup of {:?}", main.workgroup_size));
                }
            }
            _ => failures.push("there must be one entry point, a compute shader called main".to_owned()),
        }
        let n_storage = storage_bindings(checked).len();
        if n_storage > MAX_STORAGE_BUFFERS {
            failures.push(format!("{n_storage} storage buffers, at most {MAX_STORAGE_BUFFERS}"));
        }
        let in_workgroup = module.global_variables.iter().filter(|(_, v)| v.space == AddressSpace::WorkGroup);
        let n_bytes: u32 = in_workgroup.map(|(_, v)| module.types[v.ty].inner.size(module.to_ctx())).sum();
        if n_bytes > MAX_WORKGROUP_BYTES {
            failures.push(format!("{n_bytes} bytes of workgroup memory, at most {MAX_WORKGROUP_BYTES}"));
        }
        failures
    });
    assert_no_failures("limits", &failures);
}

#[test]
fn overrides_and_types_are_portable() {
    let failures = failures_of(|checked| {
        let overrides: Vec<_> = checked.module.overrides.iter().map(|(_, o)| o.name.as_deref().unwrap_or("")).collect();
        let want: &[&str] = if checked.kernel.info().reduces { &["LANES"] } else { &[] };
        let mut failures = Vec::new();
        if overrides != want {
            failures.push(format!("overrides {overrides:?}, want {want:?}"));
        }
        for (_, ty) in checked.module.types.iter() {
            if matches!(ty.inner, TypeInner::Atomic(_) | TypeInner::Array { size: ArraySize::Pending(_), .. }) {
                failures.push(format!("uses {:?}: atomics and arrays sized by overrides are out", ty.inner));
            }
        }
        failures
    });
    assert_no_failures("overrides and types", &failures);
}

fn constant(module: &Module, name: &str) -> Option<u32> {
    let (_, constant) = module.constants.iter().find(|(_, constant)| constant.name.as_deref() == Some(name))?;
    match module.global_expressions[constant.init] {
        naga::Expression::Literal(naga::Literal::U32(value)) => Some(value),
        _ => None,
    }
}

#[test]
fn the_tile_of_matmul_is_the_same_in_rust() {
    let matmul = check(Kernel::Matmul).unwrap_or_else(|error| panic!("{error}"));
    let tile = ["TILE_ROWS", "TILE_COLUMNS"].map(|name| constant(&matmul.module, name));
    assert_eq!(tile, GPU_TILE.map(Some));
}

/// Where Rust puts the fields of a struct, in bytes.
struct Layout {
    span: usize,
    fields: Vec<(&'static str, usize)>,
}

/// The layout of a struct: every field is named, or the pattern does not compile.
macro_rules! layout {
    ($struct:ident { $($field:ident),+ }) => {{
        let _ = |$struct { $($field: _),+ }: $struct| ();
        Layout {
            span: size_of::<$struct>(),
            fields: vec![$((stringify!($field), std::mem::offset_of!($struct, $field))),+],
        }
    }};
}

/// The fields of a grouping are private: they are found by their values.
fn grouping_layout() -> Layout {
    let span = |n| NonZeroU32::new(n).expect("not zero");
    let grouping = Grouping::tile(Shape::new(12, 10, 1, 1), span(3), span(5)).expect("divides");
    let words: [u32; 4] = bytemuck::cast(grouping);
    let offset = |value| 4 * words.iter().position(|&word| word == value).expect("kept");
    let fields = vec![("n", offset(12)), ("c", offset(10)), ("batch_span", offset(3)), ("channel_span", offset(5))];
    Layout { span: size_of::<Grouping>(), fields }
}

/// The fields of a tiling are private too: boxes of 3×5 rows by columns of 2×7×3×5 values.
fn tiling_layout() -> Layout {
    let over = Tiling::over(Shape::new(2, 7, 3, 5), Axes::new(&[Axis::H, Axis::W]), NonZeroU32::MIN).expect("fits");
    let words: [u32; 8] = bytemuck::cast(over);
    let offset = |values: [u32; 4]| 4 * words.windows(4).position(|found| found == values).expect("kept");
    Layout { span: size_of::<Tiling>(), fields: vec![("shape", offset([2, 7, 3, 5])), ("spans", offset([1, 1, 3, 5]))] }
}

/// The Rust struct behind the uniform block of a kernel.
fn params_layout(kernel: Kernel) -> Layout {
    match kernel {
        Kernel::Adam | Kernel::AmsGrad => layout!(AdamParams { len, beta1, beta2, epsilon, rate_factor }),
        Kernel::BatchInstanceBackward
        | Kernel::BatchInstanceForward
        | Kernel::BatchInstanceRho
        | Kernel::SwitchableBackward
        | Kernel::SwitchableForward
        | Kernel::SwitchableLogits
        | Kernel::SwitchableSets => layout!(Blend { n, c, epsilon, own_batch }),
        Kernel::AxisAffineGradient
        | Kernel::AxisMoments
        | Kernel::AxisScaleShift
        | Kernel::AxisScaleShiftBackward
        | Kernel::AxisSums => layout!(AxesParams { tiling, affine_spans, epsilon, centers }),
        Kernel::ChannelSums => layout!(ChannelSumsParams { n, c, plane_len }),
        Kernel::Constrain => layout!(ConstrainParams { part_len, n_parts, bounds, low, high, rate, epsilon }),
        Kernel::Conv2d | Kernel::Conv2dGradInput | Kernel::Conv2dGradWeight => {
            layout!(Conv2dParams { n, c_in, h, w, c_out, h_out, w_out, kernel, padding })
        }
        Kernel::Dropout => layout!(DropoutParams { len, layer, threshold, scale }),
        Kernel::FoldBackward | Kernel::FoldForward => layout!(Fold { grouping, epsilon, own_moments }),
        Kernel::GroupMoments => grouping_layout(),
        Kernel::GruStep | Kernel::GruStepBackward => layout!(GruParams { rows, units }),
        Kernel::Matmul => layout!(MatmulParams { m, n, k, a_row, a_column, b_row, b_column, has_bias }),
        Kernel::MaxPool | Kernel::MaxPoolBackward => layout!(MaxPoolParams { n_planes, h, w, size }),
        Kernel::PlaneMoments | Kernel::PlaneSums | Kernel::ScaleShift | Kernel::ScaleShiftBackward => {
            layout!(PlaneMomentsParams { n_planes, plane_len })
        }
        Kernel::Regularize => layout!(RegularizeParams { part_len, n_parts, l1, l2, is_trained }),
        Kernel::Relu | Kernel::ReluBackward | Kernel::Tanh | Kernel::TanhBackward => layout!(LenParams { len }),
        Kernel::SoftmaxLoss => layout!(SoftmaxLossParams { rows, classes, ring_len }),
        Kernel::Sgd => layout!(SgdParams { len, momentum, rate_factor, rate_in_velocity }),
        Kernel::StepStack | Kernel::StepSum => layout!(StepParams { rows, len, n_steps, step }),
        Kernel::Tick => layout!(TickParams { beta1, beta2 }),
        Kernel::UnpackImages => layout!(UnpackImagesParams { batch_words, ring_len }),
        Kernel::UpdateRunning => layout!(UpdateRunningParams { n_channels, n_parts, momentum }),
    }
}

/// The Rust struct of the same name, for all but the uniform block.
fn shared_layout(name: &str) -> Option<Layout> {
    Some(match name {
        "AxisSums" => layout!(AxisSums { g, g_xhat }),
        "Clock" => layout!(Clock { step, seed, learning_rate, beta1_power, beta2_power }),
        "Grouping" => grouping_layout(),
        "Tiling" => tiling_layout(),
        "Moments" => layout!(Moments { count, origin, offset, m2 }),
        "PlaneAffine" => layout!(PlaneAffine { origin, scale, shift }),
        "PlanePullback" => layout!(PlanePullback { dy, x, one }),
        "SetPullback" => layout!(SetPullback { origin, x, one }),
        "PlaneSums" => layout!(PlaneSums { dy, dy_x }),
        _ => return None,
    })
}

/// The struct that the uniform block of a shader holds.
fn uniform_type(module: &Module) -> Option<Handle<naga::Type>> {
    module.global_variables.iter().find(|(_, v)| v.space == AddressSpace::Uniform).map(|(_, v)| v.ty)
}

#[test]
fn structs_have_one_layout_in_wgsl_and_rust() {
    let failures = failures_of(|checked| {
        let module = &checked.module;
        let uniform = uniform_type(module);
        let mut failures = Vec::new();
        if uniform.is_none() {
            failures.push("has no uniform block".to_owned());
        }
        for (handle, ty) in module.types.iter() {
            let TypeInner::Struct { members, span } = &ty.inner else { continue };
            let name = ty.name.as_deref().unwrap_or("");
            let is_uniform = Some(handle) == uniform;
            let rust = if is_uniform { Some(params_layout(checked.kernel)) } else { shared_layout(name) };
            let Some(rust) = rust else {
                failures.push(format!("struct {name} is not known in Rust"));
                continue;
            };
            let wgsl: Vec<(&str, usize)> =
                members.iter().map(|m| (m.name.as_deref().unwrap_or(""), m.offset as usize)).collect();
            if wgsl != rust.fields {
                failures.push(format!("struct {name} is {wgsl:?} in WGSL, {:?} in Rust", rust.fields));
            }
            // A nested struct of the uniform space is padded to 16 bytes, which the zero-filled block allows.
            let spans_fit = if is_uniform { rust.span <= *span as usize } else { rust.span == *span as usize };
            if !spans_fit || (is_uniform && *span as usize > PARAMS_BYTES) {
                failures.push(format!("struct {name} spans {span} bytes in WGSL, {} in Rust", rust.span));
            }
        }
        failures
    });
    assert_no_failures("struct layouts", &failures);
}

#[test]
fn results_of_a_step_are_two_numbers() {
    use blue_cube::kernel::softmax_loss::StepResult;
    let checked = check(Kernel::SoftmaxLoss).unwrap_or_else(|error| panic!("{error}"));
    let results = checked.module.global_variables.iter().find(|(_, v)| v.name.as_deref() == Some("results")).unwrap().1;
    let TypeInner::Array { stride, .. } = checked.module.types[results.ty].inner else { panic!("not an array") };
    let rust = layout!(StepResult { loss, n_right });
    assert_eq!((stride as usize, rust.fields), (rust.span, vec![("loss", 0), ("n_right", 4)]));
}
