// @ts-check
// Written by xtask/src/data_files.rs: `UPDATE_DATA=1 cargo test --package xtask data_files::`.

/** The data files by name: where each is, and what it must be, packed and unpacked. @type {Record<string, { url: string, bytes: number, sha256: string, plainBytes: number, plainSha256: string }>} */
export const DATA_FILES = {
  "fashion-mnist/t10k-images-idx3-ubyte": {
    url: new URL("fashion-mnist/t10k-images-idx3-ubyte.gz", import.meta.url).href,
    bytes: 4359706,
    sha256: "8d59b1b28299109bc7a6fda17af7b5b2a6486bb457849b1b3280102dc06a2b2d",
    plainBytes: 7840016,
    plainSha256: "10333c148c1db2cb8379d9682d4181f6ec9e15a0c461a5e20204f72c38d64505",
  },
  "fashion-mnist/t10k-labels-idx1-ubyte": {
    url: new URL("fashion-mnist/t10k-labels-idx1-ubyte.gz", import.meta.url).href,
    bytes: 5093,
    sha256: "d159dd4a068859fdc704ccf0b2d866397ea3d52deb904d159c682686d66a4a73",
    plainBytes: 10008,
    plainSha256: "17a7f187d3f3886ab0cbad2f62c793a4bd994e3e86d289122ed6427c244d7fa2",
  },
  "fashion-mnist/train-images-idx3-ubyte": {
    url: new URL("fashion-mnist/train-images-idx3-ubyte.gz", import.meta.url).href,
    bytes: 26179974,
    sha256: "42c6118cc675457f45f021c736be0763ece2765f81bafae1e9a59e328efbf409",
    plainBytes: 46998464,
    plainSha256: "95ed844e55630cd2d2bd11520c168203e77e63bcfaa79a00dec9cae9697c177a",
  },
  "fashion-mnist/train-labels-idx1-ubyte": {
    url: new URL("fashion-mnist/train-labels-idx1-ubyte.gz", import.meta.url).href,
    bytes: 29431,
    sha256: "ffe0588c49152d9795a6c7a2a8d4ecd5c54c07437d709bf84776415824a3ae3d",
    plainBytes: 59955,
    plainSha256: "f15b7e66aab6bba793ad59958af30cf34be8a03c70d562b9c7fc7c8da56639d6",
  },
  "mnist/t10k-images-idx3-ubyte": {
    url: new URL("mnist/t10k-images-idx3-ubyte.gz", import.meta.url).href,
    bytes: 1602050,
    sha256: "5634745efa576a17e7d4cf5cd9d09123c75e6538e5114267c2d156edaf519341",
    plainBytes: 7840016,
    plainSha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  },
  "mnist/t10k-labels-idx1-ubyte": {
    url: new URL("mnist/t10k-labels-idx1-ubyte.gz", import.meta.url).href,
    bytes: 4517,
    sha256: "ae18e77e031ccde52407f794d123116439864147d33ac992975f85dd4dc42af6",
    plainBytes: 10008,
    plainSha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
  },
  "mnist/train-images-idx3-ubyte": {
    url: new URL("mnist/train-images-idx3-ubyte.gz", import.meta.url).href,
    bytes: 9630610,
    sha256: "71524e2cd1ad2968737f7f2f2ff69cbfc32df8ccddff51593f7cb2d4e0eb5b64",
    plainBytes: 47040016,
    plainSha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  },
  "mnist/train-labels-idx1-ubyte": {
    url: new URL("mnist/train-labels-idx1-ubyte.gz", import.meta.url).href,
    bytes: 28878,
    sha256: "fe03b8bd7915f70bf5aa08be480aa413fbd85afcaa58b35d230d335f284fd88e",
    plainBytes: 60008,
    plainSha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  },
};
