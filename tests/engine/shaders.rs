//! Every shader is valid, binds what its row of facts says, and lays out its structs as Rust does. No GPU needed.

use crate::common::assert_no_failures;
use crate::layouts::{params_layout, shared_layout};
use blue_cube::exec::gpu::WG_SIZE;
use blue_cube::kernel::matmul::GPU_TILE;
use blue_cube::kernel::{Access, Kernel, PARAMS_BYTES};
use naga::valid::{Capabilities, GlobalUse, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, ArraySize, GlobalVariable, Handle, Module, Scalar, ShaderStage, StorageAccess, TypeInner};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// From WebGPU's default limits: `maxStorageBuffersPerShaderStage`, `maxComputeInvocationsPerWorkgroup`,
/// `maxComputeWorkgroupStorageSize` (bytes).
const MAX_STORAGE_BUFFERS: usize = 8;
const MAX_INVOCATIONS: u32 = 256;
const MAX_WORKGROUP_BYTES: u32 = 16 << 10;

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

/// All valid shaders; the validity test reports the others.
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
            failures.push(format!("{} is twice in Kernel::ALL", facts.label));
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

#[test]
fn every_fragment_that_a_kernel_uses_is_needed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders/lib");
    let fragments: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                without_comments(&std::fs::read_to_string(path).unwrap()),
            )
        })
        .collect();
    let failures = failures_of(|checked| {
        let wgsl = checked.kernel.info().wgsl;
        let used = fragments.iter().filter(|(_, text)| wgsl.contains(text));
        let unneeded = used.filter(|(_, text)| naga::front::wgsl::parse_str(&wgsl.replacen(text, "", 1)).is_ok());
        unneeded.map(|(name, _)| format!("does without shaders/lib/{name}")).collect()
    });
    assert_no_failures("fragments", &failures);
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
                failures.push(format!("{:?} is in {:?} at {at:?}", variable.name, variable.space));
            }
        }
        failures
    });
    assert_no_failures("bindings", &failures);
}

/// The type of a binding's content, as Rust names it: the name of a struct, or its scalar.
fn item_type(module: &Module, variable: &GlobalVariable) -> String {
    let ty = match module.types[variable.ty].inner {
        TypeInner::Array { base, .. } => &module.types[base],
        _ => &module.types[variable.ty],
    };
    match (&ty.name, ty.inner.scalar()) {
        (Some(name), _) => name.clone(),
        (None, Some(Scalar::F32)) => "f32".to_owned(),
        (None, Some(Scalar::U32)) => "u32".to_owned(),
        (None, _) => format!("{:?}", ty.inner),
    }
}

/// Bindings whose Rust type WGSL cannot name: it has no bytes, and the two numbers of a result have no names.
const SPELLED_OTHERWISE: [([&str; 2], &str); 2] = [(["ring", "u8"], "u32"), (["results", "StepResult"], "f32")];

#[test]
fn bindings_have_one_name_and_one_type_in_wgsl_and_rust() {
    let failures = failures_of(|checked| {
        let module = &checked.module;
        let bound = storage_bindings(checked).into_values().map(|(handle, _)| &module.global_variables[handle]);
        let found: Vec<[String; 2]> =
            bound.map(|bound| [bound.name.clone().unwrap_or_default(), item_type(module, bound)]).collect();
        let in_wgsl = |rust: &[&str; 2]| {
            let spelled = SPELLED_OTHERWISE.iter().find(|(otherwise, _)| otherwise == rust);
            [rust[0].to_owned(), spelled.map_or(rust[1], |(_, wgsl)| wgsl).to_owned()]
        };
        let want: Vec<[String; 2]> = checked.kernel.names().iter().map(in_wgsl).collect();
        if found == want { Vec::new() } else { vec![format!("WGSL binds {found:?}, Rust {want:?}")] }
    });
    assert_no_failures("names of bindings", &failures);
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
                failures.push(format!("uses {:?}: atomics and arrays sized by overrides are not allowed", ty.inner));
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

/// The struct in the uniform block of a shader.
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
    let checked = check(Kernel::SoftmaxLoss).unwrap_or_else(|error| panic!("{error}"));
    let results = checked.module.global_variables.iter().find(|(_, v)| v.name.as_deref() == Some("results")).unwrap().1;
    let TypeInner::Array { stride, .. } = checked.module.types[results.ty].inner else { panic!("not an array") };
    let rust = shared_layout("StepResult").expect("known");
    assert_eq!((stride as usize, rust.fields), (rust.span, vec![("loss", 0), ("n_right", 4)]));
}
