// Where libtorch comes from: the one table of versions and addresses. Everything else asks this file, so a new
// libtorch is one edit here (and a run of the tests).

/** Supported range, both ends included, as [major, minor]. */
const supported = { from: [2, 11], to: [2, 14] };

/** What is fetched when no libtorch is found on the machine. */
const version = '2.13.0';

const wheels = 'https://download.pytorch.org/whl/cpu';
const archives = 'https://download.pytorch.org/libtorch/cpu';

/**
 * By platform-arch: the wheel that pip is asked for, and the archive for machines without pip. `index` is tried
 * after the machine's own pip settings. There is no official archive for Linux on arm64; the wheel is a zip file
 * with the same folders, so it serves as one.
 */
const platforms = {
  'linux-x64': {
    wheel: { requirement: `torch==${version}+cpu`, platform: 'manylinux_2_28_x86_64', index: wheels },
    archive: `${archives}/libtorch-shared-with-deps-${version}%2Bcpu.zip`,
  },
  'linux-arm64': {
    wheel: { requirement: `torch==${version}+cpu`, platform: 'manylinux_2_28_aarch64', index: wheels },
    archive: `${wheels}/torch-${version}%2Bcpu-cp311-cp311-manylinux_2_28_aarch64.whl`,
  },
  'darwin-arm64': {
    wheel: { requirement: `torch==${version}`, platform: 'macosx_14_0_arm64', index: wheels },
    archive: `${archives}/libtorch-macos-arm64-${version}.zip`,
  },
};

module.exports = { supported, version, platforms };
