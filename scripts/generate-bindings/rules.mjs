// What the generated bindings leave out, and where PyTorch's Python differs from the ATen schema.
// Everything that is a judgement stands here, with its reason; the rest of the generator is mechanical.

/** [pattern over PyTorch's names, reason, tables (default: all)]. An excluded operator stays reachable as torch.ops.aten. */
export const EXCLUDED = [
  [
    /sparse|coalesce|^(ccol|col|crow|row)_indices$|^(indices|values)(_copy)?$|^dense_dim$|^to_dense$|^smm$|^sspaddmm$|^hspmm$|^dsmm$|^saddmm$/,
    'sparse layouts are not supported',
  ],
  [
    /quantize|^quantized_|^q_|^qscheme$|^int_repr$|^(fake|fused)_.*quant|^choose_qparams/,
    'quantised tensors are not supported',
  ],
  [/mkldnn|cudnn|miopen|fbgemm|vulkan/, 'backend internals'],
  [/^(refine_names|rename_?|align_(as|to|tensors))$/, 'named tensors are not supported'],
  [/^(full)$/, 'handwritten: a JavaScript number becomes float32, whatever its value', ['functions']],
  [/^(index|slice)$/, 'handwritten: Python indexing'],
  [/^(unique_consecutive|unique_dim)$/, 'handwritten: Python returns one, two or three tensors by its flags'],
  [/^tensordot$/, 'handwritten: Python takes one number or a pair of lists as dims'],
  [/^(range|chain_matmul|norm_except_dim|conv_tbc)$/, 'deprecated or internal in PyTorch'],
  [/^(from_file)$/, 'torch.load maps files, with their headers checked'],
  [/^(is_inference)$/, 'inference mode is not offered'],
  [
    /^(max_unpool[23]d|fractional_max_pool[23]d|adaptive_max_pool[123]d|embedding_bag)$/,
    'Python wraps these with other arguments and results',
    ['functional'],
  ],
  [/^(hash_tensor|sym_.*|native_channel_shuffle|grouped_mm|scaled_.*mm)$/, 'experimental in PyTorch'],
];

/** Schema arguments that Python shows as keywords only, although one overload of the name has them positional. */
export const KEYWORD_ONLY = new Set(['alpha']);

/** Integer arguments that are words in Python: index in the list = the schema's number. */
export const ENUMERATIONS = { reduction: ['none', 'mean', 'sum'] };

/** Words that a `str` argument accepts, for the types only (ATen itself rejects others). */
export const WORDS = {
  rounding_mode: ['trunc', 'floor'],
  approximate: ['none', 'tanh'],
  indexing: ['ij', 'xy'],
};

/**
 * Python functions whose arguments are not the schema's own, in order, under its names:
 *   ops       the overloads, when the name's own are not the right ones
 *   args      schema names in Python's positional order; arguments that are not named here cannot be given
 *   names     schema name -> Python's name, where it is another one
 *   defaults  values for arguments that the caller leaves out, where the schema has none or another one
 * Keys are `table.python_name`.
 */
export const ADAPTED = {
  'methods.norm': { defaults: { p: 2 } },
  'functions.norm': { defaults: { p: 2 } },
  'methods.stft': { ops: ['stft.center'] },
  'functions.stft': { ops: ['stft.center'] },
  'functions.cdist': { args: ['x1', 'x2', 'p'] },

  'functional.alpha_dropout': {
    args: ['input', 'p', 'train'],
    names: { train: 'training' },
    defaults: { p: 0.5, train: false },
  },
  'functional.feature_alpha_dropout': {
    args: ['input', 'p', 'train'],
    names: { train: 'training' },
    defaults: { p: 0.5, train: false },
  },
  'functional.dropout': {
    args: ['input', 'p', 'train'],
    names: { train: 'training' },
    defaults: { p: 0.5, train: true },
  },
  'functional.dropout1d': {
    ops: ['feature_dropout'],
    args: ['input', 'p', 'train'],
    names: { train: 'training' },
    defaults: { p: 0.5, train: true },
  },
  'functional.dropout2d': {
    ops: ['feature_dropout'],
    args: ['input', 'p', 'train'],
    names: { train: 'training' },
    defaults: { p: 0.5, train: true },
  },
  'functional.dropout3d': {
    ops: ['feature_dropout'],
    args: ['input', 'p', 'train'],
    names: { train: 'training' },
    defaults: { p: 0.5, train: true },
  },
  'functional.batch_norm': {
    args: ['input', 'running_mean', 'running_var', 'weight', 'bias', 'training', 'momentum', 'eps'],
    defaults: { weight: null, bias: null, training: false, momentum: 0.1, eps: 1e-5, cudnn_enabled: true },
  },
  'functional.instance_norm': {
    args: ['input', 'running_mean', 'running_var', 'weight', 'bias', 'use_input_stats', 'momentum', 'eps'],
    defaults: {
      running_mean: null,
      running_var: null,
      weight: null,
      bias: null,
      use_input_stats: true,
      momentum: 0.1,
      eps: 1e-5,
      cudnn_enabled: true,
    },
  },
  'functional.layer_norm': { args: ['input', 'normalized_shape', 'weight', 'bias', 'eps'] },
  'functional.group_norm': { args: ['input', 'num_groups', 'weight', 'bias', 'eps'] },
  'functional.embedding': {
    args: ['indices', 'weight', 'padding_idx', 'scale_grad_by_freq', 'sparse'],
    names: { indices: 'input' },
  },
  'functional.elu': { args: ['self', 'alpha'] },
  'functional.elu_': { args: ['self', 'alpha'] },
  'functional.rrelu': { args: ['self', 'lower', 'upper', 'training'] },
  'functional.rrelu_': { args: ['self', 'lower', 'upper', 'training'] },
  'functional.logsigmoid': { ops: ['log_sigmoid'] },
  'functional.unfold': {
    ops: ['im2col'],
    args: ['self', 'kernel_size', 'dilation', 'padding', 'stride'],
    defaults: { dilation: 1, padding: 0, stride: 1 },
  },
  'functional.fold': {
    ops: ['col2im'],
    args: ['self', 'output_size', 'kernel_size', 'dilation', 'padding', 'stride'],
    defaults: { dilation: 1, padding: 0, stride: 1 },
  },
  'functional.cross_entropy': {
    ops: ['cross_entropy_loss'],
    args: ['self', 'target', 'weight', 'ignore_index', 'reduction', 'label_smoothing'],
  },
  'functional.nll_loss': {
    ops: ['nll_loss_nd'],
    args: ['self', 'target', 'weight', 'ignore_index', 'reduction'],
  },
  'functional.binary_cross_entropy_with_logits': {
    args: ['self', 'target', 'weight', 'reduction', 'pos_weight'],
  },
  'functional.poisson_nll_loss': {
    args: ['input', 'target', 'log_input', 'full', 'eps', 'reduction'],
    defaults: { log_input: true, full: false, eps: 1e-8, reduction: 1 },
  },
};
