//! The macros by which the list of kernels and each kernel's file declare them.

/// Declares the kernels, one per row: `stem: Variant`. A row makes the module of that name, the variant of `Kernel`,
/// its place in `Kernel::ALL` and the result of `Kernel::info`.
macro_rules! kernels {
    ($($stem:ident: $kernel:ident,)+) => {
        $(pub mod $stem;)+

        /// A computation that both engines implement.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[expect(missing_docs, reason = "each is described in the file named after it")]
        pub enum Kernel {
            $($kernel,)+
        }

        impl Kernel {
            /// Every kernel.
            pub const ALL: &'static [Self] = &[$(Self::$kernel,)+];

            /// Returns the facts about this kernel.
            pub fn info(self) -> &'static KernelInfo {
                match self {
                    $(Self::$kernel => stripped!($stem),)+
                }
            }

            /// The name and item type of each binding, which no engine needs, since engines go by position.
            pub fn names(self) -> &'static [[&'static str; 2]] {
                match self {
                    $(Self::$kernel => $stem::NAMES,)+
                }
            }
        }

        $(impl $stem::Slots {
            const KERNEL: Kernel = Kernel::$kernel;
        })+
    };
}

/// Declares a kernel in its file: stem, parameter struct, the fragments of `shaders/lib/` that its shader needs besides
/// `grid`, and its bindings in the shader's order, each with access, name and item type. `; scratch` at the end lends
/// the twin working memory.
///
/// It makes `INFO`; `Slots`, the memory to bind by name, from which the file's `pass` makes a `Pass`; and `Bound`, the
/// same as slices for the file's `twin(params, bound)`.
macro_rules! kernel {
    (
        $stem:ident($params:ty) uses [$($fragment:ident),*];
        $($access:ident $binding:ident: [$item:ty]),+ $(,)?
        $(; $scratch:ident)?
    ) => {
        pub(super) const INFO: $crate::kernel::KernelInfo = $crate::kernel::KernelInfo {
            label: stringify!($stem),
            wgsl: concat!(
                include_str!("../../shaders/lib/grid.wgsl"),
                $(include_str!(concat!("../../shaders/lib/", stringify!($fragment), ".wgsl")),)*
                include_str!(concat!("../../shaders/", stringify!($stem), ".wgsl"))
            ),
            bindings: &[$(access!($access)),+],
            layouts: &[$($crate::kernel::Layout::of::<$item>(stringify!($item))),+],
            reduces: false $(|| shares_items!($fragment))*,
            twin: |params, bindings| twin(params.get(), Bound::new(bindings)),
        };

        pub(super) const NAMES: &[[&str; 2]] = &[$([stringify!($binding), stringify!($item)]),+];

        const _: () = assert!(size_of::<$params>() <= $crate::kernel::PARAMS_BYTES, "the parameters must fit their block");

        /// The memory that the kernel binds, by the names in its shader.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "the names are described in the shader's header")]
        pub struct Slots {
            $(pub $binding: $crate::kernel::Slot<$item>,)+
        }

        impl Slots {
            fn pass(self, params: &$params, items: $crate::kernel::Items) -> $crate::kernel::Pass {
                let params = bytemuck::bytes_of(params);
                $crate::kernel::Pass::new(Self::KERNEL, params, &[$(self.$binding.words()),+], items)
            }
        }

        struct Bound<'a> {
            $($binding: bound!($access, 'a, $item),)+
            $($scratch: std::cell::RefMut<'a, Vec<f32>>,)?
        }

        impl<'a> Bound<'a> {
            // Part of the twin, which then need not copy it.
            #[inline(always)]
            fn new(bindings: &$crate::kernel::Bindings<'a>) -> Self {
                let mut in_order = bindings.in_order();
                Self { $($binding: in_order.$access(),)+ $($scratch: bindings.scratch(),)? }
            }
        }
    };
}

/// The `Access` for an access word of `kernel!`.
macro_rules! access {
    (read) => {
        $crate::kernel::Access::Read
    };
    (write) => {
        $crate::kernel::Access::ReadWrite
    };
}

/// The type by which a twin holds a binding.
macro_rules! bound {
    (read, $a:lifetime, $item:ty) => {
        std::cell::Ref<$a, [$item]>
    };
    (write, $a:lifetime, $item:ty) => {
        std::cell::RefMut<$a, [$item]>
    };
}

/// Whether a fragment lets LANES invocations share an item.
macro_rules! shares_items {
    (lanes) => {
        true
    };
    ($fragment:ident) => {
        false
    };
}
