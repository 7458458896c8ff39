// Generated from PyTorch 2.13.0 by scripts/generate-bindings/generate.mjs: do not edit.
import type { Generator } from './generator.js';
import type { Tensor } from './tensor.js';
import type { Device, DType, FactoryOptions, MemoryFormat, Scalar } from './types.js';

/** Methods of every Tensor. The receiver is the schema's `self`. */
export interface TensorMethods {
  /** Computes the absolute value of each element in `input`. `aten::abs(Tensor self) -> Tensor` */
  abs(): Tensor;
  /** In-place version of `Tensor.abs` `aten::abs_(Tensor(a!) self) -> Tensor(a!)` */
  abs_(): this;
  /** Alias for `torch.abs` `aten::absolute(Tensor self) -> Tensor` */
  absolute(): Tensor;
  /** In-place version of `Tensor.absolute` Alias for `abs_` `aten::absolute_(Tensor(a!) self) -> Tensor(a!)` */
  absolute_(): this;
  /** Returns a new tensor with the arccosine (in radians) of each element in `input`. `aten::acos(Tensor self) -> Tensor` */
  acos(): Tensor;
  /** In-place version of `Tensor.acos` `aten::acos_(Tensor(a!) self) -> Tensor(a!)` */
  acos_(): this;
  /** Returns a new tensor with the inverse hyperbolic cosine of the elements of `input`. `aten::acosh(Tensor self) -> Tensor` */
  acosh(): Tensor;
  /** In-place version of `Tensor.acosh` `aten::acosh_(Tensor(a!) self) -> Tensor(a!)` */
  acosh_(): this;
  /** Add a scalar or tensor to `self` tensor. `aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor` · `aten::add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor` */
  add(other: Tensor | Scalar, options?: { alpha?: Scalar }): Tensor;
  /** In-place version of `Tensor.add` `aten::add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)` · `aten::add_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1) -> Tensor(a!)` */
  add_(other: Tensor | Scalar, options?: { alpha?: Scalar }): this;
  /** Performs a batch matrix-matrix product of matrices stored in `batch1` and `batch2`, with a reduced add step (all matrix multiplications get accumulated along the first dimension). `aten::addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor` */
  addbmm(batch1: Tensor, batch2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  /** In-place version of `Tensor.addbmm` `aten::addbmm_(Tensor(a!) self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor(a!)` */
  addbmm_(batch1: Tensor, batch2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): this;
  /** Performs the element-wise division of `tensor1` by `tensor2`, multiplies the result by the scalar `value` and adds it to `input`. `aten::addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor` */
  addcdiv(tensor1: Tensor, tensor2: Tensor, options?: { value?: Scalar }): Tensor;
  /** In-place version of `Tensor.addcdiv` `aten::addcdiv_(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor(a!)` */
  addcdiv_(tensor1: Tensor, tensor2: Tensor, options?: { value?: Scalar }): this;
  /** Performs the element-wise multiplication of `tensor1` by `tensor2`, multiplies the result by the scalar `value` and adds it to `input`. `aten::addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor` */
  addcmul(tensor1: Tensor, tensor2: Tensor, options?: { value?: Scalar }): Tensor;
  /** In-place version of `Tensor.addcmul` `aten::addcmul_(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor(a!)` */
  addcmul_(tensor1: Tensor, tensor2: Tensor, options?: { value?: Scalar }): this;
  /** Performs a matrix multiplication of the matrices `mat1` and `mat2`. `aten::addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor` */
  addmm(mat1: Tensor, mat2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  /** In-place version of `Tensor.addmm` `aten::addmm_(Tensor(a!) self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor(a!)` */
  addmm_(mat1: Tensor, mat2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): this;
  /** Performs a matrix-vector product of the matrix `mat` and the vector `vec`. `aten::addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor` */
  addmv(mat: Tensor, vec: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  /** In-place version of `Tensor.addmv` `aten::addmv_(Tensor(a!) self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor(a!)` */
  addmv_(mat: Tensor, vec: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): this;
  /** Performs the outer-product of vectors `vec1` and `vec2` and adds it to the matrix `input`. `aten::addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor` */
  addr(vec1: Tensor, vec2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  /** In-place version of `Tensor.addr` `aten::addr_(Tensor(a!) self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor(a!)` */
  addr_(vec1: Tensor, vec2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): this;
  /** Returns a view of the tensor conjugated and with the last two dimensions transposed. `aten::adjoint(Tensor(a) self) -> Tensor(a)` */
  adjoint(): Tensor;
  /** Tests if all elements in `input` evaluate to `True`. `aten::all(Tensor self) -> Tensor` · `aten::all.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor` · `aten::all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor` */
  all(): Tensor;
  all(dim?: readonly number[] | null, keepdim?: boolean): Tensor;
  all(options: { dim?: readonly number[] | null; keepdim?: boolean }): Tensor;
  all(dim: readonly number[] | null, options: { keepdim?: boolean }): Tensor;
  all(dim: number, keepdim?: boolean): Tensor;
  all(options: { dim: number; keepdim?: boolean }): Tensor;
  all(dim: number, options: { keepdim?: boolean }): Tensor;
  /** This function checks if `input` and `other` satisfy the condition `aten::allclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> bool` */
  allclose(other: Tensor, rtol?: number, atol?: number, equalNan?: boolean): boolean;
  allclose(other: Tensor, options: { rtol?: number; atol?: number; equalNan?: boolean }): boolean;
  allclose(other: Tensor, rtol: number, options: { atol?: number; equalNan?: boolean }): boolean;
  allclose(other: Tensor, rtol: number, atol: number, options: { equalNan?: boolean }): boolean;
  /** Returns the maximum value of each slice of the `input` tensor in the given dimension(s) `dim`. `aten::amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor` */
  amax(dim?: number | readonly number[], keepdim?: boolean): Tensor;
  amax(options: { dim?: number | readonly number[]; keepdim?: boolean }): Tensor;
  amax(dim: number | readonly number[], options: { keepdim?: boolean }): Tensor;
  /** Returns the minimum value of each slice of the `input` tensor in the given dimension(s) `dim`. `aten::amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor` */
  amin(dim?: number | readonly number[], keepdim?: boolean): Tensor;
  amin(options: { dim?: number | readonly number[]; keepdim?: boolean }): Tensor;
  amin(dim: number | readonly number[], options: { keepdim?: boolean }): Tensor;
  /** Computes the minimum and maximum values of the `input` tensor. `aten::aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)` */
  aminmax(options?: { dim?: number | null; keepdim?: boolean }): readonly [min: Tensor, max: Tensor];
  /** Computes the element-wise angle (in radians) of the given `input` tensor. `aten::angle(Tensor self) -> Tensor` */
  angle(): Tensor;
  /** Tests if any element in `input` evaluates to `True`. `aten::any(Tensor self) -> Tensor` · `aten::any.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor` · `aten::any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor` */
  any(): Tensor;
  any(dim?: readonly number[] | null, keepdim?: boolean): Tensor;
  any(options: { dim?: readonly number[] | null; keepdim?: boolean }): Tensor;
  any(dim: readonly number[] | null, options: { keepdim?: boolean }): Tensor;
  any(dim: number, keepdim?: boolean): Tensor;
  any(options: { dim: number; keepdim?: boolean }): Tensor;
  any(dim: number, options: { keepdim?: boolean }): Tensor;
  /** Alias for `torch.acos`. `aten::arccos(Tensor self) -> Tensor` */
  arccos(): Tensor;
  /** In-place version of `Tensor.arccos` `aten::arccos_(Tensor(a!) self) -> Tensor(a!)` */
  arccos_(): this;
  /** Alias for `torch.acosh`. `aten::arccosh(Tensor self) -> Tensor` */
  arccosh(): Tensor;
  /** In-place version of `Tensor.arccosh` `aten::arccosh_(Tensor(a!) self) -> Tensor(a!)` */
  arccosh_(): this;
  /** Alias for `torch.asin`. `aten::arcsin(Tensor self) -> Tensor` */
  arcsin(): Tensor;
  /** In-place version of `Tensor.arcsin` `aten::arcsin_(Tensor(a!) self) -> Tensor(a!)` */
  arcsin_(): this;
  /** Alias for `torch.asinh`. `aten::arcsinh(Tensor self) -> Tensor` */
  arcsinh(): Tensor;
  /** In-place version of `Tensor.arcsinh` `aten::arcsinh_(Tensor(a!) self) -> Tensor(a!)` */
  arcsinh_(): this;
  /** Alias for `torch.atan`. `aten::arctan(Tensor self) -> Tensor` */
  arctan(): Tensor;
  /** Alias for `torch.atan2`. `aten::arctan2(Tensor self, Tensor other) -> Tensor` */
  arctan2(other: Tensor): Tensor;
  /** In-place version of `Tensor.arctan2` `aten::arctan2_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  arctan2_(other: Tensor): this;
  /** In-place version of `Tensor.arctan` `aten::arctan_(Tensor(a!) self) -> Tensor(a!)` */
  arctan_(): this;
  /** Alias for `torch.atanh`. `aten::arctanh(Tensor self) -> Tensor` */
  arctanh(): Tensor;
  /** In-place version of `Tensor.arctanh` `aten::arctanh_(Tensor(a!) self) -> Tensor(a!)` */
  arctanh_(): this;
  /** Returns the indices of the maximum value of all elements in the `input` tensor. `aten::argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor` */
  argmax(dim?: number | null, keepdim?: boolean): Tensor;
  argmax(options: { dim?: number | null; keepdim?: boolean }): Tensor;
  argmax(dim: number | null, options: { keepdim?: boolean }): Tensor;
  /** Returns the indices of the minimum value(s) of the flattened tensor or along a dimension `aten::argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor` */
  argmin(dim?: number | null, keepdim?: boolean): Tensor;
  argmin(options: { dim?: number | null; keepdim?: boolean }): Tensor;
  argmin(dim: number | null, options: { keepdim?: boolean }): Tensor;
  /** Returns the indices that sort a tensor along a given dimension in ascending order by value. `aten::argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor` · `aten::argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor` */
  argsort(options: { stable: boolean; dim?: number; descending?: boolean }): Tensor;
  argsort(dim?: number, descending?: boolean): Tensor;
  argsort(options: { dim?: number; descending?: boolean }): Tensor;
  argsort(dim: number, options: { descending?: boolean }): Tensor;
  /** Returns a tensor containing the indices of all non-zero elements of `input`. `aten::argwhere(Tensor self) -> Tensor` */
  argwhere(): Tensor;
  /** Create a view of an existing `torch.Tensor` `input` with specified `size`, `stride` and `storage_offset`. `aten::as_strided(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a)` */
  asStrided(size: readonly number[], stride: readonly number[], storageOffset?: number | null): Tensor;
  asStrided(size: readonly number[], stride: readonly number[], options: { storageOffset?: number | null }): Tensor;
  /** In-place version of `Tensor.as_strided` `aten::as_strided_(Tensor(a!) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a!)` */
  asStrided_(size: readonly number[], stride: readonly number[], storageOffset?: number | null): this;
  asStrided_(size: readonly number[], stride: readonly number[], options: { storageOffset?: number | null }): this;
  /** Embeds the values of the `src` tensor into `input` along the elements corresponding to the result of calling input.as_strided(size, stride, storage_offset). `aten::as_strided_scatter(Tensor self, Tensor src, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor` */
  asStridedScatter(src: Tensor, size: readonly number[], stride: readonly number[], storageOffset?: number | null): Tensor;
  asStridedScatter(src: Tensor, size: readonly number[], stride: readonly number[], options: { storageOffset?: number | null }): Tensor;
  /** Returns a new tensor with the arcsine of the elements (in radians) in the `input` tensor. `aten::asin(Tensor self) -> Tensor` */
  asin(): Tensor;
  /** In-place version of `Tensor.asin` `aten::asin_(Tensor(a!) self) -> Tensor(a!)` */
  asin_(): this;
  /** Returns a new tensor with the inverse hyperbolic sine of the elements of `input`. `aten::asinh(Tensor self) -> Tensor` */
  asinh(): Tensor;
  /** In-place version of `Tensor.asinh` `aten::asinh_(Tensor(a!) self) -> Tensor(a!)` */
  asinh_(): this;
  /** Returns a new tensor with the arctangent of the elements (in radians) in the `input` tensor. `aten::atan(Tensor self) -> Tensor` */
  atan(): Tensor;
  /** Element-wise arctangent of input_{i} / other_{i} with consideration of the quadrant. `aten::atan2(Tensor self, Tensor other) -> Tensor` */
  atan2(other: Tensor): Tensor;
  /** In-place version of `Tensor.atan2` `aten::atan2_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  atan2_(other: Tensor): this;
  /** In-place version of `Tensor.atan` `aten::atan_(Tensor(a!) self) -> Tensor(a!)` */
  atan_(): this;
  /** Returns a new tensor with the inverse hyperbolic tangent of the elements of `input`. `aten::atanh(Tensor self) -> Tensor` */
  atanh(): Tensor;
  /** In-place version of `Tensor.atanh` `aten::atanh_(Tensor(a!) self) -> Tensor(a!)` */
  atanh_(): this;
  /** Performs a batch matrix-matrix product of matrices in `batch1` and `batch2`. `aten::baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor` */
  baddbmm(batch1: Tensor, batch2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  /** In-place version of `Tensor.baddbmm` `aten::baddbmm_(Tensor(a!) self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor(a!)` */
  baddbmm_(batch1: Tensor, batch2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): this;
  /** Returns a result tensor where each \texttt{result[i]} is independently sampled from Bernoulli(\texttt{self[i]}). `aten::bernoulli(Tensor self, *, Generator? generator=None) -> Tensor` · `aten::bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor` */
  bernoulli(options?: { generator?: Generator | null }): Tensor;
  bernoulli(p: number, options?: { generator?: Generator | null }): Tensor;
  /** Fills each location of `self` with an independent sample from Bernoulli(\texttt{p}). `aten::bernoulli_.Tensor(Tensor(a!) self, Tensor p, *, Generator? generator=None) -> Tensor(a!)` · `aten::bernoulli_.float(Tensor(a!) self, float p=0.5, *, Generator? generator=None) -> Tensor(a!)` */
  bernoulli_(p: Tensor, options?: { generator?: Generator | null }): this;
  bernoulli_(p?: number, options?: { generator?: Generator | null }): this;
  bernoulli_(options: { p?: number; generator?: Generator | null }): this;
  /** Count the frequency of each value in an array of non-negative ints. `aten::bincount(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor` */
  bincount(weights?: Tensor | null, minlength?: number): Tensor;
  bincount(options: { weights?: Tensor | null; minlength?: number }): Tensor;
  bincount(weights: Tensor | null, options: { minlength?: number }): Tensor;
  /** Computes the bitwise AND of `input` and `other`. `aten::bitwise_and.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::bitwise_and.Scalar(Tensor self, Scalar other) -> Tensor` */
  bitwiseAnd(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.bitwise_and` `aten::bitwise_and_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::bitwise_and_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  bitwiseAnd_(other: Tensor | Scalar): this;
  /** Computes the left arithmetic shift of `input` by `other` bits. `aten::bitwise_left_shift.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::bitwise_left_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor` */
  bitwiseLeftShift(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.bitwise_left_shift` `aten::bitwise_left_shift_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::bitwise_left_shift_.Tensor_Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  bitwiseLeftShift_(other: Tensor | Scalar): this;
  /** Computes the bitwise NOT of the given input tensor. `aten::bitwise_not(Tensor self) -> Tensor` */
  bitwiseNot(): Tensor;
  /** In-place version of `Tensor.bitwise_not` `aten::bitwise_not_(Tensor(a!) self) -> Tensor(a!)` */
  bitwiseNot_(): this;
  /** Computes the bitwise OR of `input` and `other`. `aten::bitwise_or.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::bitwise_or.Scalar(Tensor self, Scalar other) -> Tensor` */
  bitwiseOr(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.bitwise_or` `aten::bitwise_or_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::bitwise_or_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  bitwiseOr_(other: Tensor | Scalar): this;
  /** Computes the right arithmetic shift of `input` by `other` bits. `aten::bitwise_right_shift.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::bitwise_right_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor` */
  bitwiseRightShift(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.bitwise_right_shift` `aten::bitwise_right_shift_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::bitwise_right_shift_.Tensor_Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  bitwiseRightShift_(other: Tensor | Scalar): this;
  /** Computes the bitwise XOR of `input` and `other`. `aten::bitwise_xor.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::bitwise_xor.Scalar(Tensor self, Scalar other) -> Tensor` */
  bitwiseXor(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.bitwise_xor` `aten::bitwise_xor_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::bitwise_xor_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  bitwiseXor_(other: Tensor | Scalar): this;
  /** Performs a batch matrix-matrix product of matrices stored in `input` and `mat2`. `aten::bmm(Tensor self, Tensor mat2) -> Tensor` */
  bmm(mat2: Tensor): Tensor;
  /** Broadcasts `input` to the shape `\shape`. `aten::broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)` */
  broadcastTo(size: readonly number[]): Tensor;
  broadcastTo(...size: number[]): Tensor;
  /** Fills the tensor with numbers drawn from the Cauchy distribution `aten::cauchy_(Tensor(a!) self, float median=0, float sigma=1, *, Generator? generator=None) -> Tensor(a!)` */
  cauchy_(median?: number, sigma?: number, options?: { generator?: Generator | null }): this;
  cauchy_(options: { median?: number; sigma?: number; generator?: Generator | null }): this;
  cauchy_(median: number, options: { sigma?: number; generator?: Generator | null }): this;
  /** Returns a new tensor with the ceil of the elements of `input`, the smallest integer greater than or equal to each element. `aten::ceil(Tensor self) -> Tensor` */
  ceil(): Tensor;
  /** In-place version of `Tensor.ceil` `aten::ceil_(Tensor(a!) self) -> Tensor(a!)` */
  ceil_(): this;
  /** `self.chalf()` is equivalent to `self.to(torch.complex32)`. `aten::chalf(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor` */
  chalf(options?: { memoryFormat?: MemoryFormat | null }): Tensor;
  /** Computes the Cholesky decomposition of a symmetric positive-definite matrix A or for batches of symmetric positive-definite matrices. `aten::cholesky(Tensor self, bool upper=False) -> Tensor` */
  cholesky(upper?: boolean): Tensor;
  cholesky(options: { upper?: boolean }): Tensor;
  /** Computes the inverse of a complex Hermitian or real symmetric positive-definite matrix given its Cholesky decomposition. `aten::cholesky_inverse(Tensor self, bool upper=False) -> Tensor` */
  choleskyInverse(upper?: boolean): Tensor;
  choleskyInverse(options: { upper?: boolean }): Tensor;
  /** Computes the solution of a system of linear equations with complex Hermitian or real symmetric positive-definite lhs given its Cholesky decomposition. `aten::cholesky_solve(Tensor self, Tensor input2, bool upper=False) -> Tensor` */
  choleskySolve(input2: Tensor, upper?: boolean): Tensor;
  choleskySolve(input2: Tensor, options: { upper?: boolean }): Tensor;
  /** Attempts to split a tensor into the specified number of chunks. `aten::chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]` */
  chunk(chunks: number, dim?: number): Tensor[];
  chunk(chunks: number, options: { dim?: number }): Tensor[];
  /** Clamps all elements in `input` into the range `[` `min`, `max` `]`. `aten::clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor` · `aten::clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor` */
  clamp(min?: Tensor | null, max?: Tensor | null): Tensor;
  clamp(options: { min?: Tensor | null; max?: Tensor | null }): Tensor;
  clamp(min: Tensor | null, options: { max?: Tensor | null }): Tensor;
  clamp(min?: Scalar | null, max?: Scalar | null): Tensor;
  clamp(options: { min?: Scalar | null; max?: Scalar | null }): Tensor;
  clamp(min: Scalar | null, options: { max?: Scalar | null }): Tensor;
  /** In-place version of `Tensor.clamp` `aten::clamp_.Tensor(Tensor(a!) self, Tensor? min=None, Tensor? max=None) -> Tensor(a!)` · `aten::clamp_(Tensor(a!) self, Scalar? min=None, Scalar? max=None) -> Tensor(a!)` */
  clamp_(min?: Tensor | null, max?: Tensor | null): this;
  clamp_(options: { min?: Tensor | null; max?: Tensor | null }): this;
  clamp_(min: Tensor | null, options: { max?: Tensor | null }): this;
  clamp_(min?: Scalar | null, max?: Scalar | null): this;
  clamp_(options: { min?: Scalar | null; max?: Scalar | null }): this;
  clamp_(min: Scalar | null, options: { max?: Scalar | null }): this;
  /** `aten::clamp_max.Tensor(Tensor self, Tensor max) -> Tensor` · `aten::clamp_max(Tensor self, Scalar max) -> Tensor` */
  clampMax(max: Tensor | Scalar): Tensor;
  /** `aten::clamp_max_.Tensor(Tensor(a!) self, Tensor max) -> Tensor(a!)` · `aten::clamp_max_(Tensor(a!) self, Scalar max) -> Tensor(a!)` */
  clampMax_(max: Tensor | Scalar): this;
  /** `aten::clamp_min.Tensor(Tensor self, Tensor min) -> Tensor` · `aten::clamp_min(Tensor self, Scalar min) -> Tensor` */
  clampMin(min: Tensor | Scalar): Tensor;
  /** `aten::clamp_min_.Tensor(Tensor(a!) self, Tensor min) -> Tensor(a!)` · `aten::clamp_min_(Tensor(a!) self, Scalar min) -> Tensor(a!)` */
  clampMin_(min: Tensor | Scalar): this;
  /** Alias for `torch.clamp`. `aten::clip.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor` · `aten::clip(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor` */
  clip(min?: Tensor | null, max?: Tensor | null): Tensor;
  clip(options: { min?: Tensor | null; max?: Tensor | null }): Tensor;
  clip(min: Tensor | null, options: { max?: Tensor | null }): Tensor;
  clip(min?: Scalar | null, max?: Scalar | null): Tensor;
  clip(options: { min?: Scalar | null; max?: Scalar | null }): Tensor;
  clip(min: Scalar | null, options: { max?: Scalar | null }): Tensor;
  /** Alias for `Tensor.clamp_`. `aten::clip_.Tensor(Tensor(a!) self, Tensor? min=None, Tensor? max=None) -> Tensor(a!)` · `aten::clip_(Tensor(a!) self, Scalar? min=None, Scalar? max=None) -> Tensor(a!)` */
  clip_(min?: Tensor | null, max?: Tensor | null): this;
  clip_(options: { min?: Tensor | null; max?: Tensor | null }): this;
  clip_(min: Tensor | null, options: { max?: Tensor | null }): this;
  clip_(min?: Scalar | null, max?: Scalar | null): this;
  clip_(options: { min?: Scalar | null; max?: Scalar | null }): this;
  clip_(min: Scalar | null, options: { max?: Scalar | null }): this;
  /** Returns a copy of `input`. `aten::clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor` */
  clone(options?: { memoryFormat?: MemoryFormat | null }): Tensor;
  /** Returns a view of `input` with a flipped conjugate bit. `aten::conj(Tensor(a) self) -> Tensor(a)` */
  conj(): Tensor;
  /** Computes the element-wise conjugate of the given `input` tensor. `aten::conj_physical(Tensor self) -> Tensor` */
  conjPhysical(): Tensor;
  /** In-place version of `Tensor.conj_physical` `aten::conj_physical_(Tensor(a!) self) -> Tensor(a!)` */
  conjPhysical_(): this;
  /** Returns a contiguous in memory tensor containing the same data as `self` tensor. `aten::contiguous(Tensor(a) self, *, MemoryFormat memory_format=contiguous_format) -> Tensor(a)` */
  contiguous(options?: { memoryFormat?: MemoryFormat }): Tensor;
  /** Copies the elements from `src` into `self` tensor and returns `self`. `aten::copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)` */
  copy_(src: Tensor, nonBlocking?: boolean): this;
  copy_(src: Tensor, options: { nonBlocking?: boolean }): this;
  /** Create a new floating-point tensor with the magnitude of `input` and the sign of `other`, elementwise. `aten::copysign.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::copysign.Scalar(Tensor self, Scalar other) -> Tensor` */
  copysign(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.copysign` `aten::copysign_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::copysign_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  copysign_(other: Tensor | Scalar): this;
  /** Estimates the Pearson product-moment correlation coefficient matrix of the variables given by the `input` matrix, where rows are the variables and columns are the observations. `aten::corrcoef(Tensor self) -> Tensor` */
  corrcoef(): Tensor;
  /** Returns a new tensor with the cosine of the elements of `input` given in radians. `aten::cos(Tensor self) -> Tensor` */
  cos(): Tensor;
  /** In-place version of `Tensor.cos` `aten::cos_(Tensor(a!) self) -> Tensor(a!)` */
  cos_(): this;
  /** Returns a new tensor with the hyperbolic cosine  of the elements of `input`. `aten::cosh(Tensor self) -> Tensor` */
  cosh(): Tensor;
  /** In-place version of `Tensor.cosh` `aten::cosh_(Tensor(a!) self) -> Tensor(a!)` */
  cosh_(): this;
  /** Counts the number of non-zero values in the tensor `input` along the given `dim`. `aten::count_nonzero(Tensor self, int? dim=None) -> Tensor` · `aten::count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor` */
  countNonzero(dim?: number | null): Tensor;
  countNonzero(options: { dim?: number | null }): Tensor;
  countNonzero(dim: readonly number[]): Tensor;
  countNonzero(options: { dim: readonly number[] }): Tensor;
  countNonzero(...dim: number[]): Tensor;
  /** Estimates the covariance matrix of the variables given by the `input` matrix, where rows are the variables and columns are the observations. `aten::cov(Tensor self, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None) -> Tensor` */
  cov(options?: { correction?: number; fweights?: Tensor | null; aweights?: Tensor | null }): Tensor;
  /** Returns the cross product of vectors in dimension `dim` of `input` and `other`. `aten::cross(Tensor self, Tensor other, int? dim=None) -> Tensor` */
  cross(other: Tensor, dim?: number | null): Tensor;
  cross(other: Tensor, options: { dim?: number | null }): Tensor;
  /** Returns a namedtuple `(values, indices)` where `values` is the cumulative maximum of elements of `input` in the dimension `dim`. `aten::cummax(Tensor self, int dim) -> (Tensor values, Tensor indices)` */
  cummax(dim: number): readonly [values: Tensor, indices: Tensor];
  cummax(options: { dim: number }): readonly [values: Tensor, indices: Tensor];
  /** Returns a namedtuple `(values, indices)` where `values` is the cumulative minimum of elements of `input` in the dimension `dim`. `aten::cummin(Tensor self, int dim) -> (Tensor values, Tensor indices)` */
  cummin(dim: number): readonly [values: Tensor, indices: Tensor];
  cummin(options: { dim: number }): readonly [values: Tensor, indices: Tensor];
  /** Returns the cumulative product of elements of `input` in the dimension `dim`. `aten::cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor` */
  cumprod(dim: number, options?: { dtype?: DType | null }): Tensor;
  cumprod(options: { dim: number; dtype?: DType | null }): Tensor;
  /** In-place version of `Tensor.cumprod` `aten::cumprod_(Tensor(a!) self, int dim, *, ScalarType? dtype=None) -> Tensor(a!)` */
  cumprod_(dim: number, options?: { dtype?: DType | null }): this;
  cumprod_(options: { dim: number; dtype?: DType | null }): this;
  /** Returns the cumulative sum of elements of `input` in the dimension `dim`. `aten::cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor` */
  cumsum(dim: number, options?: { dtype?: DType | null }): Tensor;
  cumsum(options: { dim: number; dtype?: DType | null }): Tensor;
  /** In-place version of `Tensor.cumsum` `aten::cumsum_(Tensor(a!) self, int dim, *, ScalarType? dtype=None) -> Tensor(a!)` */
  cumsum_(dim: number, options?: { dtype?: DType | null }): this;
  cumsum_(options: { dim: number; dtype?: DType | null }): this;
  /** Returns a new tensor with each of the elements of `input` converted from angles in degrees to radians. `aten::deg2rad(Tensor self) -> Tensor` */
  deg2rad(): Tensor;
  /** In-place version of `Tensor.deg2rad` `aten::deg2rad_(Tensor(a!) self) -> Tensor(a!)` */
  deg2rad_(): this;
  /** Alias for `torch.linalg.det` `aten::det(Tensor self) -> Tensor` */
  det(): Tensor;
  /** Returns a new Tensor, detached from the current graph. `aten::detach(Tensor(a) self) -> Tensor(a)` */
  detach(): Tensor;
  /** Detaches the Tensor from the graph that created it, making it a leaf. `aten::detach_(Tensor(a!) self) -> Tensor(a!)` */
  detach_(): this;
  /** - If `input` is a vector (1-D tensor), then returns a 2-D square tensor with the elements of `input` as the diagonal. `aten::diag(Tensor self, int diagonal=0) -> Tensor` */
  diag(diagonal?: number): Tensor;
  diag(options: { diagonal?: number }): Tensor;
  /** Creates a tensor whose diagonals of certain 2D planes (specified by `dim1` and `dim2`) are filled by `input`. `aten::diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor` */
  diagEmbed(offset?: number, dim1?: number, dim2?: number): Tensor;
  diagEmbed(options: { offset?: number; dim1?: number; dim2?: number }): Tensor;
  diagEmbed(offset: number, options: { dim1?: number; dim2?: number }): Tensor;
  diagEmbed(offset: number, dim1: number, options: { dim2?: number }): Tensor;
  /** - If `input` is a vector (1-D tensor), then returns a 2-D square tensor with the elements of `input` as the diagonal. `aten::diagflat(Tensor self, int offset=0) -> Tensor` */
  diagflat(offset?: number): Tensor;
  diagflat(options: { offset?: number }): Tensor;
  /** Returns a partial view of `input` with the its diagonal elements with respect to `dim1` and `dim2` appended as a dimension at the end of the shape. `aten::diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)` */
  diagonal(offset?: number, dim1?: number, dim2?: number): Tensor;
  diagonal(options: { offset?: number; dim1?: number; dim2?: number }): Tensor;
  diagonal(offset: number, options: { dim1?: number; dim2?: number }): Tensor;
  diagonal(offset: number, dim1: number, options: { dim2?: number }): Tensor;
  /** Embeds the values of the `src` tensor into `input` along the diagonal elements of `input`, with respect to `dim1` and `dim2`. `aten::diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor` */
  diagonalScatter(src: Tensor, offset?: number, dim1?: number, dim2?: number): Tensor;
  diagonalScatter(src: Tensor, options: { offset?: number; dim1?: number; dim2?: number }): Tensor;
  diagonalScatter(src: Tensor, offset: number, options: { dim1?: number; dim2?: number }): Tensor;
  diagonalScatter(src: Tensor, offset: number, dim1: number, options: { dim2?: number }): Tensor;
  /** Computes the n-th forward difference along the given dimension. `aten::diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor` */
  diff(n?: number, dim?: number, prepend?: Tensor | null, append?: Tensor | null): Tensor;
  diff(options: { n?: number; dim?: number; prepend?: Tensor | null; append?: Tensor | null }): Tensor;
  diff(n: number, options: { dim?: number; prepend?: Tensor | null; append?: Tensor | null }): Tensor;
  diff(n: number, dim: number, options: { prepend?: Tensor | null; append?: Tensor | null }): Tensor;
  diff(n: number, dim: number, prepend: Tensor | null, options: { append?: Tensor | null }): Tensor;
  /** Alias for `torch.special.digamma`. `aten::digamma(Tensor self) -> Tensor` */
  digamma(): Tensor;
  /** In-place version of `Tensor.digamma` `aten::digamma_(Tensor(a!) self) -> Tensor(a!)` */
  digamma_(): this;
  /** Returns the p-norm of (`input` - `other`) `aten::dist(Tensor self, Tensor other, Scalar p=2) -> Tensor` */
  dist(other: Tensor, p?: Scalar): Tensor;
  dist(other: Tensor, options: { p?: Scalar }): Tensor;
  /** Divides each element of the input `input` by the corresponding element of `other`. `aten::div.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor` · `aten::div.Scalar(Tensor self, Scalar other) -> Tensor` · `aten::div.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor` */
  div(other: Tensor | Scalar): Tensor;
  div(other: Tensor | Scalar, options: { roundingMode: 'trunc' | 'floor' | null }): Tensor;
  /** In-place version of `Tensor.div` `aten::div_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::div_.Tensor_mode(Tensor(a!) self, Tensor other, *, str? rounding_mode) -> Tensor(a!)` · `aten::div_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` · `aten::div_.Scalar_mode(Tensor(a!) self, Scalar other, *, str? rounding_mode) -> Tensor(a!)` */
  div_(other: Tensor | Scalar): this;
  div_(other: Tensor | Scalar, options: { roundingMode: 'trunc' | 'floor' | null }): this;
  /** Alias for `torch.div`. `aten::divide.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::divide.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor` · `aten::divide.Scalar(Tensor self, Scalar other) -> Tensor` · `aten::divide.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor` */
  divide(other: Tensor | Scalar): Tensor;
  divide(other: Tensor | Scalar, options: { roundingMode: 'trunc' | 'floor' | null }): Tensor;
  /** In-place version of `Tensor.divide` `aten::divide_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::divide_.Tensor_mode(Tensor(a!) self, Tensor other, *, str? rounding_mode) -> Tensor(a!)` · `aten::divide_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` · `aten::divide_.Scalar_mode(Tensor(a!) self, Scalar other, *, str? rounding_mode) -> Tensor(a!)` */
  divide_(other: Tensor | Scalar): this;
  divide_(other: Tensor | Scalar, options: { roundingMode: 'trunc' | 'floor' | null }): this;
  /** Computes the dot product of two 1D tensors. `aten::dot(Tensor self, Tensor tensor) -> Tensor` */
  dot(tensor: Tensor): Tensor;
  /** Splits `input`, a tensor with three or more dimensions, into multiple tensors depthwise according to `indices_or_sections`. `aten::dsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]` · `aten::dsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]` */
  dsplit(sections: number): Tensor[];
  dsplit(indices: readonly number[]): Tensor[];
  dsplit(...indices: number[]): Tensor[];
  /** Computes element-wise equality `aten::eq.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::eq.Scalar(Tensor self, Scalar other) -> Tensor` */
  eq(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.eq` `aten::eq_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::eq_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  eq_(other: Tensor | Scalar): this;
  /** `True` if two tensors have the same size and elements, `False` otherwise. `aten::equal(Tensor self, Tensor other) -> bool` */
  equal(other: Tensor): boolean;
  /** Alias for `torch.special.erf`. `aten::erf(Tensor self) -> Tensor` */
  erf(): Tensor;
  /** In-place version of `Tensor.erf` `aten::erf_(Tensor(a!) self) -> Tensor(a!)` */
  erf_(): this;
  /** Alias for `torch.special.erfc`. `aten::erfc(Tensor self) -> Tensor` */
  erfc(): Tensor;
  /** In-place version of `Tensor.erfc` `aten::erfc_(Tensor(a!) self) -> Tensor(a!)` */
  erfc_(): this;
  /** Alias for `torch.special.erfinv`. `aten::erfinv(Tensor self) -> Tensor` */
  erfinv(): Tensor;
  /** In-place version of `Tensor.erfinv` `aten::erfinv_(Tensor(a!) self) -> Tensor(a!)` */
  erfinv_(): this;
  /** Returns a new tensor with the exponential of the elements of the input tensor `input`. `aten::exp(Tensor self) -> Tensor` */
  exp(): Tensor;
  /** Alias for `torch.special.exp2`. `aten::exp2(Tensor self) -> Tensor` */
  exp2(): Tensor;
  /** In-place version of `Tensor.exp2` `aten::exp2_(Tensor(a!) self) -> Tensor(a!)` */
  exp2_(): this;
  /** In-place version of `Tensor.exp` `aten::exp_(Tensor(a!) self) -> Tensor(a!)` */
  exp_(): this;
  /** Returns a new view of the `self` tensor with singleton dimensions expanded to a larger size. `aten::expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)` */
  expand(size: readonly number[], options?: { implicit?: boolean }): Tensor;
  expand(...size: number[]): Tensor;
  /** Expand this tensor to the same size as `other`. `aten::expand_as(Tensor(a) self, Tensor other) -> Tensor(a)` */
  expandAs(other: Tensor): Tensor;
  /** Alias for `torch.special.expm1`. `aten::expm1(Tensor self) -> Tensor` */
  expm1(): Tensor;
  /** In-place version of `Tensor.expm1` `aten::expm1_(Tensor(a!) self) -> Tensor(a!)` */
  expm1_(): this;
  /** Fills `self` tensor with elements drawn from the PDF (probability density function) `aten::exponential_(Tensor(a!) self, float lambd=1, *, Generator? generator=None) -> Tensor(a!)` */
  exponential_(lambd?: number, options?: { generator?: Generator | null }): this;
  exponential_(options: { lambd?: number; generator?: Generator | null }): this;
  /** Fills `self` tensor with the specified value. `aten::fill_.Tensor(Tensor(a!) self, Tensor value) -> Tensor(a!)` · `aten::fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)` */
  fill_(value: Tensor | Scalar): this;
  /** Fill the main diagonal of a tensor that has at least 2-dimensions. `aten::fill_diagonal_(Tensor(a!) self, Scalar fill_value, bool wrap=False) -> Tensor(a!)` */
  fillDiagonal_(fillValue: Scalar, wrap?: boolean): this;
  fillDiagonal_(fillValue: Scalar, options: { wrap?: boolean }): this;
  /** Alias for `torch.trunc` `aten::fix(Tensor self) -> Tensor` */
  fix(): Tensor;
  /** In-place version of `Tensor.fix` `aten::fix_(Tensor(a!) self) -> Tensor(a!)` */
  fix_(): this;
  /** Flattens `input` by reshaping it into a one-dimensional tensor. `aten::flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)` */
  flatten(startDim?: number, endDim?: number): Tensor;
  flatten(options: { startDim?: number; endDim?: number }): Tensor;
  flatten(startDim: number, options: { endDim?: number }): Tensor;
  /** Reverse the order of an n-D tensor along given axis in dims. `aten::flip(Tensor self, int[] dims) -> Tensor` */
  flip(dims: readonly number[]): Tensor;
  flip(...dims: number[]): Tensor;
  /** Flip tensor in the left/right direction, returning a new tensor. `aten::fliplr(Tensor self) -> Tensor` */
  fliplr(): Tensor;
  /** Flip tensor in the up/down direction, returning a new tensor. `aten::flipud(Tensor self) -> Tensor` */
  flipud(): Tensor;
  /** Raises `input` to the power of `exponent`, elementwise, in double precision. `aten::float_power.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor` · `aten::float_power.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor` */
  floatPower(exponent: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.float_power` `aten::float_power_.Tensor(Tensor(a!) self, Tensor exponent) -> Tensor(a!)` · `aten::float_power_.Scalar(Tensor(a!) self, Scalar exponent) -> Tensor(a!)` */
  floatPower_(exponent: Tensor | Scalar): this;
  /** Returns a new tensor with the floor of the elements of `input`, the largest integer less than or equal to each element. `aten::floor(Tensor self) -> Tensor` */
  floor(): Tensor;
  /** In-place version of `Tensor.floor` `aten::floor_(Tensor(a!) self) -> Tensor(a!)` */
  floor_(): this;
  /** See `torch.floor_divide` `aten::floor_divide(Tensor self, Tensor other) -> Tensor` · `aten::floor_divide.Scalar(Tensor self, Scalar other) -> Tensor` */
  floorDivide(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.floor_divide` `aten::floor_divide_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::floor_divide_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  floorDivide_(other: Tensor | Scalar): this;
  /** Computes the element-wise maximum of `input` and `other`. `aten::fmax(Tensor self, Tensor other) -> Tensor` */
  fmax(other: Tensor): Tensor;
  /** Computes the element-wise minimum of `input` and `other`. `aten::fmin(Tensor self, Tensor other) -> Tensor` */
  fmin(other: Tensor): Tensor;
  /** Applies C++'s std::fmod entrywise. `aten::fmod.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::fmod.Scalar(Tensor self, Scalar other) -> Tensor` */
  fmod(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.fmod` `aten::fmod_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::fmod_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  fmod_(other: Tensor | Scalar): this;
  /** Computes the fractional portion of each element in `input`. `aten::frac(Tensor self) -> Tensor` */
  frac(): Tensor;
  /** In-place version of `Tensor.frac` `aten::frac_(Tensor(a!) self) -> Tensor(a!)` */
  frac_(): this;
  /** Decomposes `input` into mantissa and exponent tensors such that input = mantissa \times 2^{exponent}. `aten::frexp.Tensor(Tensor self) -> (Tensor mantissa, Tensor exponent)` */
  frexp(): readonly [mantissa: Tensor, exponent: Tensor];
  /** Gathers values along an axis specified by `dim`. `aten::gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor` */
  gather(dim: number, index: Tensor, options?: { sparseGrad?: boolean }): Tensor;
  gather(options: { dim: number; index: Tensor; sparseGrad?: boolean }): Tensor;
  /** Computes the element-wise greatest common divisor (GCD) of `input` and `other`. `aten::gcd(Tensor self, Tensor other) -> Tensor` */
  gcd(other: Tensor): Tensor;
  /** In-place version of `Tensor.gcd` `aten::gcd_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  gcd_(other: Tensor): this;
  /** Computes input \geq other element-wise. `aten::ge.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::ge.Scalar(Tensor self, Scalar other) -> Tensor` */
  ge(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.ge`. `aten::ge_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::ge_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  ge_(other: Tensor | Scalar): this;
  /** Fills `self` tensor with elements drawn from the geometric distribution `aten::geometric_(Tensor(a!) self, float p, *, Generator? generator=None) -> Tensor(a!)` */
  geometric_(p: number, options?: { generator?: Generator | null }): this;
  /** This is a low-level function for calling LAPACK's geqrf directly. `aten::geqrf(Tensor self) -> (Tensor a, Tensor tau)` */
  geqrf(): readonly [a: Tensor, tau: Tensor];
  /** Alias of `torch.outer`. `aten::ger(Tensor self, Tensor vec2) -> Tensor` */
  ger(vec2: Tensor): Tensor;
  /** Alias for `torch.gt`. `aten::greater.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::greater.Scalar(Tensor self, Scalar other) -> Tensor` */
  greater(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.greater`. `aten::greater_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::greater_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  greater_(other: Tensor | Scalar): this;
  /** Alias for `torch.ge`. `aten::greater_equal.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::greater_equal.Scalar(Tensor self, Scalar other) -> Tensor` */
  greaterEqual(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.greater_equal`. `aten::greater_equal_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::greater_equal_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  greaterEqual_(other: Tensor | Scalar): this;
  /** Computes input > other element-wise. `aten::gt.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::gt.Scalar(Tensor self, Scalar other) -> Tensor` */
  gt(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.gt`. `aten::gt_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::gt_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  gt_(other: Tensor | Scalar): this;
  /** Applies the hard shrinkage function element-wise `aten::hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor` */
  hardshrink(lambd?: Scalar): Tensor;
  hardshrink(options: { lambd?: Scalar }): Tensor;
  /** Computes the Heaviside step function for each element in `input`. `aten::heaviside(Tensor self, Tensor values) -> Tensor` */
  heaviside(values: Tensor): Tensor;
  /** In-place version of `Tensor.heaviside` `aten::heaviside_(Tensor(a!) self, Tensor values) -> Tensor(a!)` */
  heaviside_(values: Tensor): this;
  /** Computes the histogram of a tensor. `aten::histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor` */
  histc(bins?: number, min?: Scalar, max?: Scalar): Tensor;
  histc(options: { bins?: number; min?: Scalar; max?: Scalar }): Tensor;
  histc(bins: number, options: { min?: Scalar; max?: Scalar }): Tensor;
  histc(bins: number, min: Scalar, options: { max?: Scalar }): Tensor;
  /** Computes a histogram of the values in a tensor. `aten::histogram.bins_tensor(Tensor self, Tensor bins, *, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)` · `aten::histogram.bin_ct(Tensor self, int bins=100, *, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)` */
  histogram(bins: Tensor, options?: { weight?: Tensor | null; density?: boolean }): readonly [hist: Tensor, binEdges: Tensor];
  histogram(bins?: number, options?: { range?: readonly number[] | null; weight?: Tensor | null; density?: boolean }): readonly [hist: Tensor, binEdges: Tensor];
  histogram(options: { bins?: number; range?: readonly number[] | null; weight?: Tensor | null; density?: boolean }): readonly [hist: Tensor, binEdges: Tensor];
  /** Splits `input`, a tensor with one or more dimensions, into multiple tensors horizontally according to `indices_or_sections`. `aten::hsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]` · `aten::hsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]` */
  hsplit(sections: number): Tensor[];
  hsplit(indices: readonly number[]): Tensor[];
  hsplit(...indices: number[]): Tensor[];
  /** Given the legs of a right triangle, return its hypotenuse. `aten::hypot(Tensor self, Tensor other) -> Tensor` */
  hypot(other: Tensor): Tensor;
  /** In-place version of `Tensor.hypot` `aten::hypot_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  hypot_(other: Tensor): this;
  /** Alias for `torch.special.i0`. `aten::i0(Tensor self) -> Tensor` */
  i0(): Tensor;
  /** In-place version of `Tensor.i0` `aten::i0_(Tensor(a!) self) -> Tensor(a!)` */
  i0_(): this;
  /** Alias for `torch.special.gammainc`. `aten::igamma(Tensor self, Tensor other) -> Tensor` */
  igamma(other: Tensor): Tensor;
  /** In-place version of `Tensor.igamma` `aten::igamma_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  igamma_(other: Tensor): this;
  /** Alias for `torch.special.gammaincc`. `aten::igammac(Tensor self, Tensor other) -> Tensor` */
  igammac(other: Tensor): Tensor;
  /** In-place version of `Tensor.igammac` `aten::igammac_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  igammac_(other: Tensor): this;
  /** Out-of-place version of `torch.Tensor.index_add_`. `aten::index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor` */
  indexAdd(dim: number, index: Tensor, source: Tensor, options?: { alpha?: Scalar }): Tensor;
  indexAdd(options: { dim: number; index: Tensor; source: Tensor; alpha?: Scalar }): Tensor;
  /** Accumulate the elements of `alpha` times `source` into the `self` tensor by adding to the indices in the order given in `index`. `aten::index_add_(Tensor(a!) self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor(a!)` */
  indexAdd_(dim: number, index: Tensor, source: Tensor, options?: { alpha?: Scalar }): this;
  indexAdd_(options: { dim: number; index: Tensor; source: Tensor; alpha?: Scalar }): this;
  /** Out-of-place version of `torch.Tensor.index_copy_`. `aten::index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor` */
  indexCopy(dim: number, index: Tensor, source: Tensor): Tensor;
  indexCopy(options: { dim: number; index: Tensor; source: Tensor }): Tensor;
  /** Copies the elements of `tensor` into the `self` tensor by selecting the indices in the order given in `index`. `aten::index_copy_(Tensor(a!) self, int dim, Tensor index, Tensor source) -> Tensor(a!)` */
  indexCopy_(dim: number, index: Tensor, source: Tensor): this;
  indexCopy_(options: { dim: number; index: Tensor; source: Tensor }): this;
  /** Out-of-place version of `torch.Tensor.index_fill_`. `aten::index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor` · `aten::index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor` */
  indexFill(dim: number, index: Tensor, value: Tensor | Scalar): Tensor;
  indexFill(options: { dim: number; index: Tensor; value: Tensor | Scalar }): Tensor;
  /** Fills the elements of the `self` tensor with value `value` by selecting the indices in the order given in `index`. `aten::index_fill_.int_Tensor(Tensor(a!) self, int dim, Tensor index, Tensor value) -> Tensor(a!)` · `aten::index_fill_.int_Scalar(Tensor(a!) self, int dim, Tensor index, Scalar value) -> Tensor(a!)` */
  indexFill_(dim: number, index: Tensor, value: Tensor | Scalar): this;
  indexFill_(options: { dim: number; index: Tensor; value: Tensor | Scalar }): this;
  /** Out-place version of `Tensor.index_put_`. `aten::index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor` */
  indexPut(indices: readonly (Tensor | null)[], values: Tensor, accumulate?: boolean): Tensor;
  indexPut(indices: readonly (Tensor | null)[], values: Tensor, options: { accumulate?: boolean }): Tensor;
  /** Puts values from the tensor `values` into the tensor `self` using the indices specified in `indices` (which is a tuple of Tensors). `aten::index_put_(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor(a!)` */
  indexPut_(indices: readonly (Tensor | null)[], values: Tensor, accumulate?: boolean): this;
  indexPut_(indices: readonly (Tensor | null)[], values: Tensor, options: { accumulate?: boolean }): this;
  /** See `Tensor.index_reduce_` for function description. `aten::index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor` */
  indexReduce(dim: number, index: Tensor, source: Tensor, reduce: string, options?: { includeSelf?: boolean }): Tensor;
  indexReduce(options: { dim: number; index: Tensor; source: Tensor; reduce: string; includeSelf?: boolean }): Tensor;
  /** Accumulate the elements of `source` into the `self` tensor by accumulating to the indices in the order given in `index` using the reduction given by the `reduce` argument. `aten::index_reduce_(Tensor(a!) self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor(a!)` */
  indexReduce_(dim: number, index: Tensor, source: Tensor, reduce: string, options?: { includeSelf?: boolean }): this;
  indexReduce_(options: { dim: number; index: Tensor; source: Tensor; reduce: string; includeSelf?: boolean }): this;
  /** Returns a new tensor which indexes the `input` tensor along dimension `dim` using the entries in `index`. `aten::index_select(Tensor self, int dim, Tensor index) -> Tensor` */
  indexSelect(dim: number, index: Tensor): Tensor;
  indexSelect(options: { dim: number; index: Tensor }): Tensor;
  /** Computes the dot product for 1D tensors. `aten::inner(Tensor self, Tensor other) -> Tensor` */
  inner(other: Tensor): Tensor;
  /** Alias for `torch.linalg.inv` `aten::inverse(Tensor self) -> Tensor` */
  inverse(): Tensor;
  /** Returns True if the data type of `self` is a complex data type. `aten::is_complex(Tensor self) -> bool` */
  isComplex(): boolean;
  /** Returns True if the conjugate bit of `self` is set to true. `aten::is_conj(Tensor self) -> bool` */
  isConj(): boolean;
  /** Returns True if the data type of `self` is a floating point data type. `aten::is_floating_point(Tensor self) -> bool` */
  isFloatingPoint(): boolean;
  /** Returns True if the negative bit of `self` is set to true. `aten::is_neg(Tensor self) -> bool` */
  isNeg(): boolean;
  /** Returns True if the `input` is a single element tensor which is not equal to zero after type conversions. `aten::is_nonzero(Tensor self) -> bool` */
  isNonzero(): boolean;
  /** Returns true if this tensor resides in pinned memory. `aten::is_pinned(Tensor self, Device? device=None) -> bool` */
  isPinned(device?: Device | null): boolean;
  isPinned(options: { device?: Device | null }): boolean;
  /** `aten::is_same_size(Tensor self, Tensor other) -> bool` */
  isSameSize(other: Tensor): boolean;
  /** Returns True if both tensors are pointing to the exact same memory (same storage, offset, size and stride). `aten::is_set_to(Tensor self, Tensor tensor) -> bool` */
  isSetTo(tensor: Tensor): boolean;
  /** Returns True if the data type of `self` is a signed data type. `aten::is_signed(Tensor self) -> bool` */
  isSigned(): boolean;
  /** Returns a new tensor with boolean elements representing if each element of `input` is "close" to the corresponding element of `other`. `aten::isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> Tensor` */
  isclose(other: Tensor, rtol?: number, atol?: number, equalNan?: boolean): Tensor;
  isclose(other: Tensor, options: { rtol?: number; atol?: number; equalNan?: boolean }): Tensor;
  isclose(other: Tensor, rtol: number, options: { atol?: number; equalNan?: boolean }): Tensor;
  isclose(other: Tensor, rtol: number, atol: number, options: { equalNan?: boolean }): Tensor;
  /** Returns a new tensor with boolean elements representing if each element is `finite` or not. `aten::isfinite(Tensor self) -> Tensor` */
  isfinite(): Tensor;
  /** Tests if each element of `input` is infinite (positive or negative infinity) or not. `aten::isinf(Tensor self) -> Tensor` */
  isinf(): Tensor;
  /** Returns a new tensor with boolean elements representing if each element of `input` is NaN or not. `aten::isnan(Tensor self) -> Tensor` */
  isnan(): Tensor;
  /** Tests if each element of `input` is negative infinity or not. `aten::isneginf(Tensor self) -> Tensor` */
  isneginf(): Tensor;
  /** Tests if each element of `input` is positive infinity or not. `aten::isposinf(Tensor self) -> Tensor` */
  isposinf(): Tensor;
  /** Returns a new tensor with boolean elements representing if each element of `input` is real-valued or not. `aten::isreal(Tensor self) -> Tensor` */
  isreal(): Tensor;
  /** Inverse short time Fourier Transform. `aten::istft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, bool normalized=False, bool? onesided=None, int? length=None, bool return_complex=False) -> Tensor` */
  istft(nFft: number, hopLength?: number | null, winLength?: number | null, window?: Tensor | null, center?: boolean, normalized?: boolean, onesided?: boolean | null, length?: number | null, returnComplex?: boolean): Tensor;
  istft(nFft: number, options: { hopLength?: number | null; winLength?: number | null; window?: Tensor | null; center?: boolean; normalized?: boolean; onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(nFft: number, hopLength: number | null, options: { winLength?: number | null; window?: Tensor | null; center?: boolean; normalized?: boolean; onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(nFft: number, hopLength: number | null, winLength: number | null, options: { window?: Tensor | null; center?: boolean; normalized?: boolean; onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, options: { center?: boolean; normalized?: boolean; onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, options: { normalized?: boolean; onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, normalized: boolean, options: { onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, normalized: boolean, onesided: boolean | null, options: { length?: number | null; returnComplex?: boolean }): Tensor;
  istft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, normalized: boolean, onesided: boolean | null, length: number | null, options: { returnComplex?: boolean }): Tensor;
  /** Computes the Kronecker product, denoted by \otimes, of `input` and `other`. `aten::kron(Tensor self, Tensor other) -> Tensor` */
  kron(other: Tensor): Tensor;
  /** Returns a namedtuple `(values, indices)` where `values` is the `k` th smallest element of each row of the `input` tensor in the given dimension `dim`. `aten::kthvalue(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  kthvalue(k: number, dim?: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  kthvalue(k: number, options: { dim?: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  kthvalue(k: number, dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Computes the element-wise least common multiple (LCM) of `input` and `other`. `aten::lcm(Tensor self, Tensor other) -> Tensor` */
  lcm(other: Tensor): Tensor;
  /** In-place version of `Tensor.lcm` `aten::lcm_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  lcm_(other: Tensor): this;
  /** Multiplies `input` by 2 ** `other`. `aten::ldexp.Tensor(Tensor self, Tensor other) -> Tensor` */
  ldexp(other: Tensor): Tensor;
  /** In-place version of `Tensor.ldexp` `aten::ldexp_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  ldexp_(other: Tensor): this;
  /** Computes input \leq other element-wise. `aten::le.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::le.Scalar(Tensor self, Scalar other) -> Tensor` */
  le(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.le`. `aten::le_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::le_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  le_(other: Tensor | Scalar): this;
  /** Does a linear interpolation of two tensors `start` (given by `input`) and `end` based on a scalar or tensor `weight` and returns the resulting `out` tensor. `aten::lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor` · `aten::lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor` */
  lerp(end: Tensor, weight: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.lerp` `aten::lerp_.Tensor(Tensor(a!) self, Tensor end, Tensor weight) -> Tensor(a!)` · `aten::lerp_.Scalar(Tensor(a!) self, Tensor end, Scalar weight) -> Tensor(a!)` */
  lerp_(end: Tensor, weight: Tensor | Scalar): this;
  /** Alias for `torch.lt`. `aten::less.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::less.Scalar(Tensor self, Scalar other) -> Tensor` */
  less(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.less`. `aten::less_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::less_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  less_(other: Tensor | Scalar): this;
  /** Alias for `torch.le`. `aten::less_equal.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::less_equal.Scalar(Tensor self, Scalar other) -> Tensor` */
  lessEqual(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.less_equal`. `aten::less_equal_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::less_equal_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  lessEqual_(other: Tensor | Scalar): this;
  /** Computes the natural logarithm of the absolute value of the gamma function on `input`. `aten::lgamma(Tensor self) -> Tensor` */
  lgamma(): Tensor;
  /** In-place version of `Tensor.lgamma` `aten::lgamma_(Tensor(a!) self) -> Tensor(a!)` */
  lgamma_(): this;
  /** Returns a new tensor with the natural logarithm of the elements of `input`. `aten::log(Tensor self) -> Tensor` */
  log(): Tensor;
  /** Returns a new tensor with the logarithm to the base 10 of the elements of `input`. `aten::log10(Tensor self) -> Tensor` */
  log10(): Tensor;
  /** In-place version of `Tensor.log10` `aten::log10_(Tensor(a!) self) -> Tensor(a!)` */
  log10_(): this;
  /** Returns a new tensor with the natural logarithm of (1 + `input`). `aten::log1p(Tensor self) -> Tensor` */
  log1p(): Tensor;
  /** In-place version of `Tensor.log1p` `aten::log1p_(Tensor(a!) self) -> Tensor(a!)` */
  log1p_(): this;
  /** Returns a new tensor with the logarithm to the base 2 of the elements of `input`. `aten::log2(Tensor self) -> Tensor` */
  log2(): Tensor;
  /** In-place version of `Tensor.log2` `aten::log2_(Tensor(a!) self) -> Tensor(a!)` */
  log2_(): this;
  /** In-place version of `Tensor.log` `aten::log_(Tensor(a!) self) -> Tensor(a!)` */
  log_(): this;
  /** Fills `self` tensor with numbers samples from the log-normal distribution parameterized by the given mean \mu and standard deviation \sigma. `aten::log_normal_(Tensor(a!) self, float mean=1, float std=2, *, Generator? generator=None) -> Tensor(a!)` */
  logNormal_(mean?: number, std?: number, options?: { generator?: Generator | null }): this;
  logNormal_(options: { mean?: number; std?: number; generator?: Generator | null }): this;
  logNormal_(mean: number, options: { std?: number; generator?: Generator | null }): this;
  /** `aten::log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor` */
  logSoftmax(dim: number, dtype?: DType | null): Tensor;
  logSoftmax(options: { dim: number; dtype?: DType | null }): Tensor;
  logSoftmax(dim: number, options: { dtype?: DType | null }): Tensor;
  /** Logarithm of the sum of exponentiations of the inputs. `aten::logaddexp(Tensor self, Tensor other) -> Tensor` */
  logaddexp(other: Tensor): Tensor;
  /** Logarithm of the sum of exponentiations of the inputs in base-2. `aten::logaddexp2(Tensor self, Tensor other) -> Tensor` */
  logaddexp2(other: Tensor): Tensor;
  /** Returns the logarithm of the cumulative summation of the exponentiation of elements of `input` in the dimension `dim`. `aten::logcumsumexp(Tensor self, int dim) -> Tensor` */
  logcumsumexp(dim: number): Tensor;
  logcumsumexp(options: { dim: number }): Tensor;
  /** Calculates log determinant of a square matrix or batches of square matrices. `aten::logdet(Tensor self) -> Tensor` */
  logdet(): Tensor;
  /** Computes the element-wise logical AND of the given input tensors. `aten::logical_and(Tensor self, Tensor other) -> Tensor` */
  logicalAnd(other: Tensor): Tensor;
  /** In-place version of `Tensor.logical_and` `aten::logical_and_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  logicalAnd_(other: Tensor): this;
  /** Computes the element-wise logical NOT of the given input tensor. `aten::logical_not(Tensor self) -> Tensor` */
  logicalNot(): Tensor;
  /** In-place version of `Tensor.logical_not` `aten::logical_not_(Tensor(a!) self) -> Tensor(a!)` */
  logicalNot_(): this;
  /** Computes the element-wise logical OR of the given input tensors. `aten::logical_or(Tensor self, Tensor other) -> Tensor` */
  logicalOr(other: Tensor): Tensor;
  /** In-place version of `Tensor.logical_or` `aten::logical_or_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  logicalOr_(other: Tensor): this;
  /** Computes the element-wise logical XOR of the given input tensors. `aten::logical_xor(Tensor self, Tensor other) -> Tensor` */
  logicalXor(other: Tensor): Tensor;
  /** In-place version of `Tensor.logical_xor` `aten::logical_xor_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  logicalXor_(other: Tensor): this;
  /** Alias for `torch.special.logit`. `aten::logit(Tensor self, float? eps=None) -> Tensor` */
  logit(eps?: number | null): Tensor;
  logit(options: { eps?: number | null }): Tensor;
  /** In-place version of `Tensor.logit` `aten::logit_(Tensor(a!) self, float? eps=None) -> Tensor(a!)` */
  logit_(eps?: number | null): this;
  logit_(options: { eps?: number | null }): this;
  /** Returns the log of summed exponentials of each row of the `input` tensor in the given dimension `dim`. `aten::logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor` */
  logsumexp(dim: number | readonly number[], keepdim?: boolean): Tensor;
  logsumexp(options: { dim: number | readonly number[]; keepdim?: boolean }): Tensor;
  logsumexp(dim: number | readonly number[], options: { keepdim?: boolean }): Tensor;
  /** Computes input < other element-wise. `aten::lt.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::lt.Scalar(Tensor self, Scalar other) -> Tensor` */
  lt(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.lt`. `aten::lt_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::lt_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  lt_(other: Tensor | Scalar): this;
  /** Returns the LU solve of the linear system Ax = b using the partially pivoted LU factorization of A from `linalg.lu_factor`. `aten::lu_solve(Tensor self, Tensor LU_data, Tensor LU_pivots) -> Tensor` */
  luSolve(LUData: Tensor, LUPivots: Tensor): Tensor;
  /** Out-of-place version of `torch.Tensor.masked_fill_` `aten::masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor` · `aten::masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor` */
  maskedFill(mask: Tensor, value: Tensor | Scalar): Tensor;
  /** Fills elements of `self` tensor with `value` where `mask` is True. `aten::masked_fill_.Tensor(Tensor(a!) self, Tensor mask, Tensor value) -> Tensor(a!)` · `aten::masked_fill_.Scalar(Tensor(a!) self, Tensor mask, Scalar value) -> Tensor(a!)` */
  maskedFill_(mask: Tensor, value: Tensor | Scalar): this;
  /** Out-of-place version of `torch.Tensor.masked_scatter_` `aten::masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor` */
  maskedScatter(mask: Tensor, source: Tensor): Tensor;
  /** Copies elements from `source` into `self` tensor at positions where the `mask` is True. `aten::masked_scatter_(Tensor(a!) self, Tensor mask, Tensor source) -> Tensor(a!)` */
  maskedScatter_(mask: Tensor, source: Tensor): this;
  /** Returns a new 1-D tensor which indexes the `input` tensor according to the boolean mask `mask` which is a `BoolTensor`. `aten::masked_select(Tensor self, Tensor mask) -> Tensor` */
  maskedSelect(mask: Tensor): Tensor;
  /** Matrix product of two tensors. `aten::matmul(Tensor self, Tensor other) -> Tensor` */
  matmul(other: Tensor): Tensor;
  /** Alias for `torch.linalg.matrix_exp`. `aten::matrix_exp(Tensor self) -> Tensor` */
  matrixExp(): Tensor;
  /** Alias for `torch.linalg.matrix_power` `aten::matrix_power(Tensor self, int n) -> Tensor` */
  matrixPower(n: number): Tensor;
  /** Returns the maximum value of all elements in the `input` tensor. `aten::max(Tensor self) -> Tensor` · `aten::max.other(Tensor self, Tensor other) -> Tensor` · `aten::max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  max(): Tensor;
  max(other: Tensor): Tensor;
  max(dim: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  max(options: { dim: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  max(dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Computes the element-wise maximum of `input` and `other`. `aten::maximum(Tensor self, Tensor other) -> Tensor` */
  maximum(other: Tensor): Tensor;
  /** See `torch.mean` `aten::mean(Tensor self, *, ScalarType? dtype=None) -> Tensor` · `aten::mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  mean(options?: { dtype?: DType | null }): Tensor;
  mean(dim: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  mean(options: { dim: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  mean(dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Returns the median of the values in `input`. `aten::median(Tensor self) -> Tensor` · `aten::median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  median(): Tensor;
  median(dim: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  median(options: { dim: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  median(dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Returns the minimum value of all elements in the `input` tensor. `aten::min(Tensor self) -> Tensor` · `aten::min.other(Tensor self, Tensor other) -> Tensor` · `aten::min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  min(): Tensor;
  min(other: Tensor): Tensor;
  min(dim: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  min(options: { dim: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  min(dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Computes the element-wise minimum of `input` and `other`. `aten::minimum(Tensor self, Tensor other) -> Tensor` */
  minimum(other: Tensor): Tensor;
  /** Performs a matrix multiplication of the matrices `input` and `mat2`. `aten::mm(Tensor self, Tensor mat2) -> Tensor` */
  mm(mat2: Tensor): Tensor;
  /** Returns a namedtuple `(values, indices)` where `values` is the mode value of each row of the `input` tensor in the given dimension `dim`, i.e. `aten::mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  mode(dim?: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  mode(options: { dim?: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  mode(dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Alias for `torch.movedim`. `aten::moveaxis.int(Tensor(a) self, int source, int destination) -> Tensor(a)` · `aten::moveaxis.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)` */
  moveaxis(source: number, destination: number): Tensor;
  moveaxis(source: readonly number[], destination: readonly number[]): Tensor;
  /** Moves the dimension(s) of `input` at the position(s) in `source` to the position(s) in `destination`. `aten::movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)` · `aten::movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)` */
  movedim(source: number, destination: number): Tensor;
  movedim(source: readonly number[], destination: readonly number[]): Tensor;
  /** Sorts the elements of the `input` tensor along its first dimension in ascending order by value. `aten::msort(Tensor self) -> Tensor` */
  msort(): Tensor;
  /** Multiplies `input` by `other`. `aten::mul.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::mul.Scalar(Tensor self, Scalar other) -> Tensor` */
  mul(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.mul`. `aten::mul_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::mul_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  mul_(other: Tensor | Scalar): this;
  /** Returns a tensor where each row contains `num_samples` indices sampled from the multinomial (a stricter definition would be multivariate, refer to `torch.distributions.multinomial.Multinomial` for... `aten::multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor` */
  multinomial(numSamples: number, replacement?: boolean, options?: { generator?: Generator | null }): Tensor;
  multinomial(numSamples: number, options: { replacement?: boolean; generator?: Generator | null }): Tensor;
  /** Alias for `torch.mul`. `aten::multiply.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::multiply.Scalar(Tensor self, Scalar other) -> Tensor` */
  multiply(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.multiply`. `aten::multiply_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::multiply_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  multiply_(other: Tensor | Scalar): this;
  /** Performs a matrix-vector product of the matrix `input` and the vector `vec`. `aten::mv(Tensor self, Tensor vec) -> Tensor` */
  mv(vec: Tensor): Tensor;
  /** Alias for `torch.special.multigammaln`. `aten::mvlgamma(Tensor self, int p) -> Tensor` */
  mvlgamma(p: number): Tensor;
  /** In-place version of `Tensor.mvlgamma` `aten::mvlgamma_(Tensor(a!) self, int p) -> Tensor(a!)` */
  mvlgamma_(p: number): this;
  /** Replaces `NaN`, positive infinity, and negative infinity values in `input` with the values specified by `nan`, `posinf`, and `neginf`, respectively. `aten::nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor` */
  nanToNum(nan?: number | null, posinf?: number | null, neginf?: number | null): Tensor;
  nanToNum(options: { nan?: number | null; posinf?: number | null; neginf?: number | null }): Tensor;
  nanToNum(nan: number | null, options: { posinf?: number | null; neginf?: number | null }): Tensor;
  nanToNum(nan: number | null, posinf: number | null, options: { neginf?: number | null }): Tensor;
  /** In-place version of `Tensor.nan_to_num`. `aten::nan_to_num_(Tensor(a!) self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor(a!)` */
  nanToNum_(nan?: number | null, posinf?: number | null, neginf?: number | null): this;
  nanToNum_(options: { nan?: number | null; posinf?: number | null; neginf?: number | null }): this;
  nanToNum_(nan: number | null, options: { posinf?: number | null; neginf?: number | null }): this;
  nanToNum_(nan: number | null, posinf: number | null, options: { neginf?: number | null }): this;
  /** Computes the mean of all `non-NaN` elements along the specified dimensions. `aten::nanmean(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  nanmean(dim?: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  nanmean(options: { dim?: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  nanmean(dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Returns the median of the values in `input`, ignoring `NaN` values. `aten::nanmedian(Tensor self) -> Tensor` · `aten::nanmedian.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  nanmedian(): Tensor;
  nanmedian(dim: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  nanmedian(options: { dim: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  nanmedian(dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** This is a variant of `torch.quantile` that "ignores" `NaN` values, computing the quantiles `q` as if `NaN` values in `input` did not exist. `aten::nanquantile(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor` · `aten::nanquantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor` */
  nanquantile(q: Tensor | number, dim?: number | null, keepdim?: boolean, options?: { interpolation?: string }): Tensor;
  nanquantile(q: Tensor | number, options: { dim?: number | null; keepdim?: boolean; interpolation?: string }): Tensor;
  nanquantile(q: Tensor | number, dim: number | null, options: { keepdim?: boolean; interpolation?: string }): Tensor;
  /** Returns the sum of all elements, treating Not a Numbers (NaNs) as zero. `aten::nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  nansum(dim?: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  nansum(options: { dim?: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  nansum(dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Returns a new tensor that is a narrowed version of `input` tensor. `aten::narrow.Tensor(Tensor(a) self, int dim, Tensor start, SymInt length) -> Tensor(a)` · `aten::narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)` */
  narrow(dim: number, start: Tensor | number, length: number): Tensor;
  narrow(options: { dim: number; start: Tensor | number; length: number }): Tensor;
  /** Same as `Tensor.narrow` except this returns a copy rather than shared storage. `aten::narrow_copy(Tensor self, int dim, SymInt start, SymInt length) -> Tensor` */
  narrowCopy(dim: number, start: number, length: number): Tensor;
  narrowCopy(options: { dim: number; start: number; length: number }): Tensor;
  /** Computes input \neq other element-wise. `aten::ne.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::ne.Scalar(Tensor self, Scalar other) -> Tensor` */
  ne(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.ne`. `aten::ne_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::ne_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  ne_(other: Tensor | Scalar): this;
  /** Returns a new tensor with the negative of the elements of `input`. `aten::neg(Tensor self) -> Tensor` */
  neg(): Tensor;
  /** In-place version of `Tensor.neg` `aten::neg_(Tensor(a!) self) -> Tensor(a!)` */
  neg_(): this;
  /** Alias for `torch.neg` `aten::negative(Tensor self) -> Tensor` */
  negative(): Tensor;
  /** In-place version of `Tensor.negative` `aten::negative_(Tensor(a!) self) -> Tensor(a!)` */
  negative_(): this;
  /** Returns a Tensor of size `size` filled with uninitialized data. `aten::new_empty(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  newEmpty(size: readonly number[], options?: FactoryOptions): Tensor;
  newEmpty(...size: number[]): Tensor;
  /** Returns a Tensor of size `size` and strides `stride` filled with uninitialized data. `aten::new_empty_strided(Tensor self, SymInt[] size, SymInt[] stride, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  newEmptyStrided(size: readonly number[], stride: readonly number[], options?: FactoryOptions): Tensor;
  /** Returns a Tensor of size `size` filled with `fill_value`. `aten::new_full(Tensor self, SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  newFull(size: readonly number[], fillValue: Scalar, options?: FactoryOptions): Tensor;
  /** Returns a Tensor of size `size` filled with `1`. `aten::new_ones(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  newOnes(size: readonly number[], options?: FactoryOptions): Tensor;
  newOnes(...size: number[]): Tensor;
  /** Returns a Tensor of size `size` filled with `0`. `aten::new_zeros(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  newZeros(size: readonly number[], options?: FactoryOptions): Tensor;
  newZeros(...size: number[]): Tensor;
  /** Return the next floating-point value after `input` towards `other`, elementwise. `aten::nextafter(Tensor self, Tensor other) -> Tensor` */
  nextafter(other: Tensor): Tensor;
  /** In-place version of `Tensor.nextafter` `aten::nextafter_(Tensor(a!) self, Tensor other) -> Tensor(a!)` */
  nextafter_(other: Tensor): this;
  /** See `torch.nonzero` `aten::nonzero(Tensor self) -> Tensor` */
  nonzero(): Tensor;
  /** Returns a 2-D tensor where each row is the index for a non-zero value. `aten::nonzero_static(Tensor self, *, SymInt size, int fill_value=-1) -> Tensor` */
  nonzeroStatic(options: { size: number; fillValue?: number }): Tensor;
  /** Returns the matrix norm or vector norm of a given tensor. `aten::norm.Scalar(Tensor self, Scalar p=2) -> Tensor` · `aten::norm.ScalarOpt_dtype(Tensor self, Scalar? p, *, ScalarType dtype) -> Tensor` · `aten::norm.ScalarOpt_dim_dtype(Tensor self, Scalar? p, int[1] dim, bool keepdim, *, ScalarType dtype) -> Tensor` · `aten::norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor` */
  norm(p?: Scalar): Tensor;
  norm(options: { p?: Scalar }): Tensor;
  norm(options: { p?: Scalar | null; dtype: DType }): Tensor;
  norm(p: Scalar | null, dim: number | readonly number[], keepdim: boolean, options: { dtype: DType }): Tensor;
  norm(options: { p?: Scalar | null; dim: number | readonly number[]; keepdim: boolean; dtype: DType }): Tensor;
  norm(p: Scalar | null, dim: number | readonly number[], keepdim?: boolean): Tensor;
  norm(options: { p?: Scalar | null; dim: number | readonly number[]; keepdim?: boolean }): Tensor;
  norm(p: Scalar | null, dim: number | readonly number[], options: { keepdim?: boolean }): Tensor;
  /** Fills `self` tensor with elements samples from the normal distribution parameterized by `mean` and `std`. `aten::normal_(Tensor(a!) self, float mean=0, float std=1, *, Generator? generator=None) -> Tensor(a!)` */
  normal_(mean?: number, std?: number, options?: { generator?: Generator | null }): this;
  normal_(options: { mean?: number; std?: number; generator?: Generator | null }): this;
  normal_(mean: number, options: { std?: number; generator?: Generator | null }): this;
  /** Alias for `torch.ne`. `aten::not_equal.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::not_equal.Scalar(Tensor self, Scalar other) -> Tensor` */
  notEqual(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.not_equal`. `aten::not_equal_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::not_equal_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  notEqual_(other: Tensor | Scalar): this;
  /** Alias for `torch.linalg.householder_product`. `aten::orgqr(Tensor self, Tensor input2) -> Tensor` */
  orgqr(input2: Tensor): Tensor;
  /** Computes the matrix-matrix multiplication of a product of Householder matrices with a general matrix. `aten::ormqr(Tensor self, Tensor input2, Tensor input3, bool left=True, bool transpose=False) -> Tensor` */
  ormqr(input2: Tensor, input3: Tensor, left?: boolean, transpose?: boolean): Tensor;
  ormqr(input2: Tensor, input3: Tensor, options: { left?: boolean; transpose?: boolean }): Tensor;
  ormqr(input2: Tensor, input3: Tensor, left: boolean, options: { transpose?: boolean }): Tensor;
  /** Outer product of `input` and `vec2`. `aten::outer(Tensor self, Tensor vec2) -> Tensor` */
  outer(vec2: Tensor): Tensor;
  /** Returns a view of the tensor with its dimensions permuted. `aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)` */
  permute(dims: readonly number[]): Tensor;
  permute(...dims: number[]): Tensor;
  /** Copies the tensor to pinned memory, if it's not already pinned. `aten::pin_memory(Tensor(a) self, Device? device=None) -> Tensor(a)` */
  pinMemory(device?: Device | null): Tensor;
  pinMemory(options: { device?: Device | null }): Tensor;
  /** Alias for `torch.linalg.pinv` `aten::pinverse(Tensor self, float rcond=1e-15) -> Tensor` */
  pinverse(rcond?: number): Tensor;
  pinverse(options: { rcond?: number }): Tensor;
  /** Alias for `torch.special.polygamma`. `aten::polygamma(int n, Tensor self) -> Tensor` */
  polygamma(n: number): Tensor;
  /** In-place version of `Tensor.polygamma` `aten::polygamma_(Tensor(a!) self, int n) -> Tensor(a!)` */
  polygamma_(n: number): this;
  /** Returns `input`. `aten::positive(Tensor(a) self) -> Tensor(a)` */
  positive(): Tensor;
  /** Takes the power of each element in `input` with `exponent` and returns a tensor with the result. `aten::pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor` · `aten::pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor` */
  pow(exponent: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.pow` `aten::pow_.Tensor(Tensor(a!) self, Tensor exponent) -> Tensor(a!)` · `aten::pow_.Scalar(Tensor(a!) self, Scalar exponent) -> Tensor(a!)` */
  pow_(exponent: Tensor | Scalar): this;
  /** Applies element-wise the function PReLU(x) = \max(0,x) + weight * \min(0,x) where weight is a learnable parameter. `aten::prelu(Tensor self, Tensor weight) -> Tensor` */
  prelu(weight: Tensor): Tensor;
  /** Returns the product of all elements in the `input` tensor. `aten::prod(Tensor self, *, ScalarType? dtype=None) -> Tensor` · `aten::prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  prod(options?: { dtype?: DType | null }): Tensor;
  prod(dim: number, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  prod(options: { dim: number; keepdim?: boolean; dtype?: DType | null }): Tensor;
  prod(dim: number, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Out-of-place version of `torch.Tensor.put_`. `aten::put(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor` */
  put(index: Tensor, source: Tensor, accumulate?: boolean): Tensor;
  put(index: Tensor, source: Tensor, options: { accumulate?: boolean }): Tensor;
  /** Copies the elements from `source` into the positions specified by `index`. `aten::put_(Tensor(a!) self, Tensor index, Tensor source, bool accumulate=False) -> Tensor(a!)` */
  put_(index: Tensor, source: Tensor, accumulate?: boolean): this;
  put_(index: Tensor, source: Tensor, options: { accumulate?: boolean }): this;
  /** Computes the QR decomposition of a matrix or a batch of matrices `input`, and returns a namedtuple (Q, R) of tensors such that input = Q R with Q being an orthogonal matrix or batch of orthogonal... `aten::qr(Tensor self, bool some=True) -> (Tensor Q, Tensor R)` */
  qr(some?: boolean): readonly [Q: Tensor, R: Tensor];
  qr(options: { some?: boolean }): readonly [Q: Tensor, R: Tensor];
  /** Computes the q-th quantiles of each row of the `input` tensor along the dimension `dim`. `aten::quantile(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor` · `aten::quantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor` */
  quantile(q: Tensor | number, dim?: number | null, keepdim?: boolean, options?: { interpolation?: string }): Tensor;
  quantile(q: Tensor | number, options: { dim?: number | null; keepdim?: boolean; interpolation?: string }): Tensor;
  quantile(q: Tensor | number, dim: number | null, options: { keepdim?: boolean; interpolation?: string }): Tensor;
  /** Returns a new tensor with each of the elements of `input` converted from angles in radians to degrees. `aten::rad2deg(Tensor self) -> Tensor` */
  rad2deg(): Tensor;
  /** In-place version of `Tensor.rad2deg` `aten::rad2deg_(Tensor(a!) self) -> Tensor(a!)` */
  rad2deg_(): this;
  /** Fills `self` tensor with numbers sampled from the discrete uniform distribution over `[from, to - 1]`. `aten::random_(Tensor(a!) self, *, Generator? generator=None) -> Tensor(a!)` · `aten::random_.from(Tensor(a!) self, int from, int? to, *, Generator? generator=None) -> Tensor(a!)` · `aten::random_.to(Tensor(a!) self, int to, *, Generator? generator=None) -> Tensor(a!)` */
  random_(options?: { generator?: Generator | null }): this;
  random_(from: number, to: number | null, options?: { generator?: Generator | null }): this;
  random_(to: number, options?: { generator?: Generator | null }): this;
  /** see `torch.ravel` `aten::ravel(Tensor(a) self) -> Tensor(a)` */
  ravel(): Tensor;
  /** Returns a new tensor with the reciprocal of the elements of `input` `aten::reciprocal(Tensor self) -> Tensor` */
  reciprocal(): Tensor;
  /** In-place version of `Tensor.reciprocal` `aten::reciprocal_(Tensor(a!) self) -> Tensor(a!)` */
  reciprocal_(): this;
  /** `aten::relu(Tensor self) -> Tensor` */
  relu(): Tensor;
  /** In-place version of `relu`. `aten::relu_(Tensor(a!) self) -> Tensor(a!)` */
  relu_(): this;
  /** Computes Python's modulus operation entrywise. `aten::remainder.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::remainder.Scalar(Tensor self, Scalar other) -> Tensor` */
  remainder(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.remainder` `aten::remainder_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::remainder_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  remainder_(other: Tensor | Scalar): this;
  /** Returns a tensor where each sub-tensor of `input` along dimension `dim` is normalized such that the `p`-norm of the sub-tensor is lower than the value `maxnorm` `aten::renorm(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor` */
  renorm(p: Scalar, dim: number, maxnorm: Scalar): Tensor;
  renorm(p: Scalar, options: { dim: number; maxnorm: Scalar }): Tensor;
  /** In-place version of `Tensor.renorm` `aten::renorm_(Tensor(a!) self, Scalar p, int dim, Scalar maxnorm) -> Tensor(a!)` */
  renorm_(p: Scalar, dim: number, maxnorm: Scalar): this;
  renorm_(p: Scalar, options: { dim: number; maxnorm: Scalar }): this;
  /** Repeats this tensor along the specified dimensions. `aten::repeat(Tensor self, SymInt[] repeats) -> Tensor` */
  repeat(repeats: readonly number[]): Tensor;
  repeat(...repeats: number[]): Tensor;
  /** Repeat elements of a tensor. `aten::repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor` · `aten::repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor` */
  repeatInterleave(repeats: Tensor | number, dim?: number | null, options?: { outputSize?: number | null }): Tensor;
  repeatInterleave(repeats: Tensor | number, options: { dim?: number | null; outputSize?: number | null }): Tensor;
  /** Returns a tensor with the same data and number of elements as `self` but with the specified shape. `aten::reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)` */
  reshape(shape: readonly number[]): Tensor;
  reshape(...shape: number[]): Tensor;
  /** Returns this tensor as the same shape as `other`. `aten::reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)` */
  reshapeAs(other: Tensor): Tensor;
  /** Resizes `self` tensor to the specified size. `aten::resize_(Tensor(a!) self, SymInt[] size, *, MemoryFormat? memory_format=None) -> Tensor(a!)` */
  resize_(size: readonly number[], options?: { memoryFormat?: MemoryFormat | null }): this;
  resize_(...size: number[]): this;
  /** Resizes the `self` tensor to be the same size as the specified `tensor`. `aten::resize_as_(Tensor(a!) self, Tensor the_template, *, MemoryFormat? memory_format=None) -> Tensor(a!)` */
  resizeAs_(theTemplate: Tensor, options?: { memoryFormat?: MemoryFormat | null }): this;
  /** Returns a new tensor with materialized conjugation if `input`'s conjugate bit is set to `True`, else returns `input`. `aten::resolve_conj(Tensor(a) self) -> Tensor(a)` */
  resolveConj(): Tensor;
  /** Returns a new tensor with materialized negation if `input`'s negative bit is set to `True`, else returns `input`. `aten::resolve_neg(Tensor(a) self) -> Tensor(a)` */
  resolveNeg(): Tensor;
  /** Enables this Tensor to have their `grad` populated during `backward`. `aten::retain_grad(Tensor(a!) self) -> ()` */
  retainGrad(): void;
  /** Roll the tensor `input` along the given dimension(s). `aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor` */
  roll(shifts: number | readonly number[], dims?: number | readonly number[]): Tensor;
  roll(shifts: number | readonly number[], options: { dims?: number | readonly number[] }): Tensor;
  /** Rotate an n-D tensor by 90 degrees in the plane specified by dims axis. `aten::rot90(Tensor self, int k=1, int[] dims=[0,1]) -> Tensor` */
  rot90(k?: number, dims?: readonly number[]): Tensor;
  rot90(options: { k?: number; dims?: readonly number[] }): Tensor;
  rot90(k: number, options: { dims?: readonly number[] }): Tensor;
  /** Rounds elements of `input` to the nearest integer. `aten::round(Tensor self) -> Tensor` · `aten::round.decimals(Tensor self, *, int decimals) -> Tensor` */
  round(): Tensor;
  round(options: { decimals: number }): Tensor;
  /** In-place version of `Tensor.round` `aten::round_(Tensor(a!) self) -> Tensor(a!)` · `aten::round_.decimals(Tensor(a!) self, *, int decimals) -> Tensor(a!)` */
  round_(): this;
  round_(options: { decimals: number }): this;
  /** Returns a new tensor with the reciprocal of the square-root of each of the elements of `input`. `aten::rsqrt(Tensor self) -> Tensor` */
  rsqrt(): Tensor;
  /** In-place version of `Tensor.rsqrt` `aten::rsqrt_(Tensor(a!) self) -> Tensor(a!)` */
  rsqrt_(): this;
  /** Out-of-place version of `torch.Tensor.scatter_` `aten::scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor` · `aten::scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor` · `aten::scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor` · `aten::scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor` */
  scatter(dim: number, index: Tensor, src: Tensor): Tensor;
  scatter(options: { dim: number; index: Tensor; src: Tensor }): Tensor;
  scatter(dim: number, index: Tensor, src: Tensor, options: { reduce: string }): Tensor;
  scatter(options: { dim: number; index: Tensor; src: Tensor; reduce: string }): Tensor;
  scatter(dim: number, index: Tensor, value: Scalar): Tensor;
  scatter(options: { dim: number; index: Tensor; value: Scalar }): Tensor;
  scatter(dim: number, index: Tensor, value: Scalar, options: { reduce: string }): Tensor;
  scatter(options: { dim: number; index: Tensor; value: Scalar; reduce: string }): Tensor;
  /** Writes all values from the tensor `src` into `self` at the indices specified in the `index` tensor. `aten::scatter_.src(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)` · `aten::scatter_.reduce(Tensor(a!) self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor(a!)` · `aten::scatter_.value(Tensor(a!) self, int dim, Tensor index, Scalar value) -> Tensor(a!)` · `aten::scatter_.value_reduce(Tensor(a!) self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor(a!)` */
  scatter_(dim: number, index: Tensor, src: Tensor): this;
  scatter_(options: { dim: number; index: Tensor; src: Tensor }): this;
  scatter_(dim: number, index: Tensor, src: Tensor, options: { reduce: string }): this;
  scatter_(options: { dim: number; index: Tensor; src: Tensor; reduce: string }): this;
  scatter_(dim: number, index: Tensor, value: Scalar): this;
  scatter_(options: { dim: number; index: Tensor; value: Scalar }): this;
  scatter_(dim: number, index: Tensor, value: Scalar, options: { reduce: string }): this;
  scatter_(options: { dim: number; index: Tensor; value: Scalar; reduce: string }): this;
  /** Out-of-place version of `torch.Tensor.scatter_add_` `aten::scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor` */
  scatterAdd(dim: number, index: Tensor, src: Tensor): Tensor;
  scatterAdd(options: { dim: number; index: Tensor; src: Tensor }): Tensor;
  /** Adds all values from the tensor `src` into `self` at the indices specified in the `index` tensor in a similar fashion as `torch.Tensor.scatter_`. `aten::scatter_add_(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)` */
  scatterAdd_(dim: number, index: Tensor, src: Tensor): this;
  scatterAdd_(options: { dim: number; index: Tensor; src: Tensor }): this;
  /** Out-of-place version of `torch.Tensor.scatter_reduce_` `aten::scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor` */
  scatterReduce(dim: number, index: Tensor, src: Tensor, reduce: string, options?: { includeSelf?: boolean }): Tensor;
  scatterReduce(options: { dim: number; index: Tensor; src: Tensor; reduce: string; includeSelf?: boolean }): Tensor;
  /** Reduces all values from the `src` tensor to the indices specified in the `index` tensor in the `self` tensor using the applied reduction defined via the `reduce` argument (`"sum"`, `"prod"`,... `aten::scatter_reduce_.two(Tensor(a!) self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor(a!)` */
  scatterReduce_(dim: number, index: Tensor, src: Tensor, reduce: string, options?: { includeSelf?: boolean }): this;
  scatterReduce_(options: { dim: number; index: Tensor; src: Tensor; reduce: string; includeSelf?: boolean }): this;
  /** Slices the `input` tensor along the selected dimension at the given index. `aten::select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)` */
  select(dim: number, index: number): Tensor;
  select(options: { dim: number; index: number }): Tensor;
  /** Embeds the values of the `src` tensor into `input` at the given index. `aten::select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor` */
  selectScatter(src: Tensor, dim: number, index: number): Tensor;
  selectScatter(src: Tensor, options: { dim: number; index: number }): Tensor;
  /** This function is an extension of torch.sign() to complex tensors. `aten::sgn(Tensor self) -> Tensor` */
  sgn(): Tensor;
  /** In-place version of `Tensor.sgn` `aten::sgn_(Tensor(a!) self) -> Tensor(a!)` */
  sgn_(): this;
  /** Alias for `torch.special.expit`. `aten::sigmoid(Tensor self) -> Tensor` */
  sigmoid(): Tensor;
  /** In-place version of `Tensor.sigmoid` `aten::sigmoid_(Tensor(a!) self) -> Tensor(a!)` */
  sigmoid_(): this;
  /** Returns a new tensor with the signs of the elements of `input`. `aten::sign(Tensor self) -> Tensor` */
  sign(): Tensor;
  /** In-place version of `Tensor.sign` `aten::sign_(Tensor(a!) self) -> Tensor(a!)` */
  sign_(): this;
  /** Tests if each element of `input` has its sign bit set or not. `aten::signbit(Tensor self) -> Tensor` */
  signbit(): Tensor;
  /** Returns a new tensor with the sine of the elements in the `input` tensor, where each value in this input tensor is in radians. `aten::sin(Tensor self) -> Tensor` */
  sin(): Tensor;
  /** In-place version of `Tensor.sin` `aten::sin_(Tensor(a!) self) -> Tensor(a!)` */
  sin_(): this;
  /** Alias for `torch.special.sinc`. `aten::sinc(Tensor self) -> Tensor` */
  sinc(): Tensor;
  /** In-place version of `Tensor.sinc` `aten::sinc_(Tensor(a!) self) -> Tensor(a!)` */
  sinc_(): this;
  /** Returns a new tensor with the hyperbolic sine of the elements of `input`. `aten::sinh(Tensor self) -> Tensor` */
  sinh(): Tensor;
  /** In-place version of `Tensor.sinh` `aten::sinh_(Tensor(a!) self) -> Tensor(a!)` */
  sinh_(): this;
  /** Embeds the values of the `src` tensor into `input` at the given dimension. `aten::slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor` */
  sliceScatter(src: Tensor, dim?: number, start?: number | null, end?: number | null, step?: number): Tensor;
  sliceScatter(src: Tensor, options: { dim?: number; start?: number | null; end?: number | null; step?: number }): Tensor;
  sliceScatter(src: Tensor, dim: number, options: { start?: number | null; end?: number | null; step?: number }): Tensor;
  sliceScatter(src: Tensor, dim: number, start: number | null, options: { end?: number | null; step?: number }): Tensor;
  sliceScatter(src: Tensor, dim: number, start: number | null, end: number | null, options: { step?: number }): Tensor;
  /** Alias for `torch.linalg.slogdet` `aten::slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)` */
  slogdet(): readonly [sign: Tensor, logabsdet: Tensor];
  /** Alias for `torch.nn.functional.softmax`. `aten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor` */
  softmax(dim: number, dtype?: DType | null): Tensor;
  softmax(options: { dim: number; dtype?: DType | null }): Tensor;
  softmax(dim: number, options: { dtype?: DType | null }): Tensor;
  /** Sorts the elements of the `input` tensor along a given dimension in ascending order by value. `aten::sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)` · `aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)` */
  sort(options: { stable: boolean | null; dim?: number; descending?: boolean }): readonly [values: Tensor, indices: Tensor];
  sort(dim?: number, descending?: boolean): readonly [values: Tensor, indices: Tensor];
  sort(options: { dim?: number; descending?: boolean }): readonly [values: Tensor, indices: Tensor];
  sort(dim: number, options: { descending?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Splits the tensor into chunks. `aten::split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]` · `aten::split.sizes(Tensor(a -> *) self, SymInt[] split_size, int dim=0) -> Tensor(a)[]` */
  split(splitSize: number | readonly number[], dim?: number): Tensor[];
  split(splitSize: number | readonly number[], options: { dim?: number }): Tensor[];
  /** `aten::split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]` */
  splitWithSizes(splitSizes: readonly number[], dim?: number): Tensor[];
  splitWithSizes(splitSizes: readonly number[], options: { dim?: number }): Tensor[];
  /** Returns a new tensor with the square-root of the elements of `input`. `aten::sqrt(Tensor self) -> Tensor` */
  sqrt(): Tensor;
  /** In-place version of `Tensor.sqrt` `aten::sqrt_(Tensor(a!) self) -> Tensor(a!)` */
  sqrt_(): this;
  /** Returns a new tensor with the square of the elements of `input`. `aten::square(Tensor self) -> Tensor` */
  square(): Tensor;
  /** In-place version of `Tensor.square` `aten::square_(Tensor(a!) self) -> Tensor(a!)` */
  square_(): this;
  /** Returns a tensor with all specified dimensions of `input` of size `1` removed. `aten::squeeze(Tensor(a) self) -> Tensor(a)` · `aten::squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)` · `aten::squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)` */
  squeeze(): Tensor;
  squeeze(dim: number): Tensor;
  squeeze(options: { dim: number }): Tensor;
  squeeze(dim: readonly number[]): Tensor;
  squeeze(options: { dim: readonly number[] }): Tensor;
  squeeze(...dim: number[]): Tensor;
  /** In-place version of `Tensor.squeeze` `aten::squeeze_(Tensor(a!) self) -> Tensor(a!)` · `aten::squeeze_.dim(Tensor(a!) self, int dim) -> Tensor(a!)` · `aten::squeeze_.dims(Tensor(a!) self, int[] dim) -> Tensor(a!)` */
  squeeze_(): this;
  squeeze_(dim: number): this;
  squeeze_(options: { dim: number }): this;
  squeeze_(dim: readonly number[]): this;
  squeeze_(options: { dim: readonly number[] }): this;
  squeeze_(...dim: number[]): this;
  /** Calculates the standard deviation over the dimensions specified by `dim`. `aten::std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor` · `aten::std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor` · `aten::std(Tensor self, bool unbiased=True) -> Tensor` */
  std(dim: number | readonly number[] | null, unbiased?: boolean, keepdim?: boolean): Tensor;
  std(options: { dim: number | readonly number[] | null; unbiased?: boolean; keepdim?: boolean }): Tensor;
  std(dim: number | readonly number[] | null, options: { unbiased?: boolean; keepdim?: boolean }): Tensor;
  std(dim: number | readonly number[] | null, unbiased: boolean, options: { keepdim?: boolean }): Tensor;
  std(dim?: number | readonly number[] | null, options?: { correction?: Scalar | null; keepdim?: boolean }): Tensor;
  std(options: { dim?: number | readonly number[] | null; correction?: Scalar | null; keepdim?: boolean }): Tensor;
  std(unbiased?: boolean): Tensor;
  std(options: { unbiased?: boolean }): Tensor;
  /** Short-time Fourier transform (STFT). `aten::stft.center(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, str pad_mode="reflect", bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None) -> Tensor` */
  stft(nFft: number, hopLength?: number | null, winLength?: number | null, window?: Tensor | null, center?: boolean, padMode?: string, normalized?: boolean, onesided?: boolean | null, returnComplex?: boolean | null, alignToWindow?: boolean | null): Tensor;
  stft(nFft: number, options: { hopLength?: number | null; winLength?: number | null; window?: Tensor | null; center?: boolean; padMode?: string; normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(nFft: number, hopLength: number | null, options: { winLength?: number | null; window?: Tensor | null; center?: boolean; padMode?: string; normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(nFft: number, hopLength: number | null, winLength: number | null, options: { window?: Tensor | null; center?: boolean; padMode?: string; normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, options: { center?: boolean; padMode?: string; normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, options: { padMode?: string; normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, padMode: string, options: { normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, padMode: string, normalized: boolean, options: { onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, padMode: string, normalized: boolean, onesided: boolean | null, options: { returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, padMode: string, normalized: boolean, onesided: boolean | null, returnComplex: boolean | null, options: { alignToWindow?: boolean | null }): Tensor;
  /** Subtracts `other`, scaled by `alpha`, from `input`. `aten::sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor` · `aten::sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor` */
  sub(other: Tensor | Scalar, options?: { alpha?: Scalar }): Tensor;
  /** In-place version of `Tensor.sub` `aten::sub_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)` · `aten::sub_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1) -> Tensor(a!)` */
  sub_(other: Tensor | Scalar, options?: { alpha?: Scalar }): this;
  /** Alias for `torch.sub`. `aten::subtract.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor` · `aten::subtract.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor` */
  subtract(other: Tensor | Scalar, options?: { alpha?: Scalar }): Tensor;
  /** In-place version of `Tensor.subtract`. `aten::subtract_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)` · `aten::subtract_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1) -> Tensor(a!)` */
  subtract_(other: Tensor | Scalar, options?: { alpha?: Scalar }): this;
  /** Returns the sum of all elements in the `input` tensor. `aten::sum(Tensor self, *, ScalarType? dtype=None) -> Tensor` · `aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  sum(options?: { dtype?: DType | null }): Tensor;
  sum(dim: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  sum(options: { dim: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  sum(dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Sum `this` tensor to `size`. `aten::sum_to_size(Tensor self, SymInt[] size) -> Tensor` */
  sumToSize(size: readonly number[]): Tensor;
  sumToSize(...size: number[]): Tensor;
  /** Computes the singular value decomposition of either a matrix or batch of matrices `input`. `aten::svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)` */
  svd(some?: boolean, computeUv?: boolean): readonly [U: Tensor, S: Tensor, V: Tensor];
  svd(options: { some?: boolean; computeUv?: boolean }): readonly [U: Tensor, S: Tensor, V: Tensor];
  svd(some: boolean, options: { computeUv?: boolean }): readonly [U: Tensor, S: Tensor, V: Tensor];
  /** Alias for `torch.transpose`. `aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)` */
  swapaxes(axis0: number, axis1: number): Tensor;
  /** In-place version of `Tensor.swapaxes` `aten::swapaxes_(Tensor(a!) self, int axis0, int axis1) -> Tensor(a!)` */
  swapaxes_(axis0: number, axis1: number): this;
  /** Alias for `torch.transpose`. `aten::swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)` */
  swapdims(dim0: number, dim1: number): Tensor;
  /** In-place version of `Tensor.swapdims` `aten::swapdims_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)` */
  swapdims_(dim0: number, dim1: number): this;
  /** Expects `input` to be <= 2-D tensor and transposes dimensions 0 and 1. `aten::t(Tensor(a) self) -> Tensor(a)` */
  t(): Tensor;
  /** In-place version of `Tensor.t` `aten::t_(Tensor(a!) self) -> Tensor(a!)` */
  t_(): this;
  /** Returns a new tensor with the elements of `input` at the given indices. `aten::take(Tensor self, Tensor index) -> Tensor` */
  take(index: Tensor): Tensor;
  /** Selects values from `input` at the 1-dimensional indices from `indices` along the given `dim`. `aten::take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor` */
  takeAlongDim(indices: Tensor, dim?: number | null): Tensor;
  takeAlongDim(indices: Tensor, options: { dim?: number | null }): Tensor;
  /** Returns a new tensor with the tangent of the elements in the `input` tensor, where each value in this input tensor is in radians. `aten::tan(Tensor self) -> Tensor` */
  tan(): Tensor;
  /** In-place version of `Tensor.tan` `aten::tan_(Tensor(a!) self) -> Tensor(a!)` */
  tan_(): this;
  /** Returns a new tensor with the hyperbolic tangent of the elements of `input`. `aten::tanh(Tensor self) -> Tensor` */
  tanh(): Tensor;
  /** In-place version of `Tensor.tanh` `aten::tanh_(Tensor(a!) self) -> Tensor(a!)` */
  tanh_(): this;
  /** Splits a tensor into multiple sub-tensors, all of which are views of `input`, along dimension `dim` according to the indices or number of sections specified by `indices_or_sections`. `aten::tensor_split.indices(Tensor(a -> *) self, SymInt[] indices, int dim=0) -> Tensor(a)[]` · `aten::tensor_split.tensor_indices_or_sections(Tensor(a -> *) self, Tensor tensor_indices_or_sections, int dim=0) -> Tensor(a)[]` · `aten::tensor_split.sections(Tensor(a -> *) self, SymInt sections, int dim=0) -> Tensor(a)[]` */
  tensorSplit(indices: readonly number[], dim?: number): Tensor[];
  tensorSplit(indices: readonly number[], options: { dim?: number }): Tensor[];
  tensorSplit(tensorIndicesOrSections: Tensor, dim?: number): Tensor[];
  tensorSplit(tensorIndicesOrSections: Tensor, options: { dim?: number }): Tensor[];
  tensorSplit(sections: number, dim?: number): Tensor[];
  tensorSplit(sections: number, options: { dim?: number }): Tensor[];
  /** Constructs a tensor by repeating the elements of `input`. `aten::tile(Tensor self, SymInt[] dims) -> Tensor` */
  tile(dims: readonly number[]): Tensor;
  tile(...dims: number[]): Tensor;
  /** See `to_padded_tensor` `aten::to_padded_tensor(Tensor self, float padding, SymInt[]? output_size=None) -> Tensor` */
  toPaddedTensor(padding: number, outputSize?: readonly number[] | null): Tensor;
  toPaddedTensor(padding: number, options: { outputSize?: readonly number[] | null }): Tensor;
  /** Returns the `k` largest elements of the given `input` tensor along a given dimension. `aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)` */
  topk(k: number, dim?: number, largest?: boolean, sorted?: boolean): readonly [values: Tensor, indices: Tensor];
  topk(k: number, options: { dim?: number; largest?: boolean; sorted?: boolean }): readonly [values: Tensor, indices: Tensor];
  topk(k: number, dim: number, options: { largest?: boolean; sorted?: boolean }): readonly [values: Tensor, indices: Tensor];
  topk(k: number, dim: number, largest: boolean, options: { sorted?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Returns the sum of the elements of the diagonal of the input 2-D matrix. `aten::trace(Tensor self) -> Tensor` */
  trace(): Tensor;
  /** Returns a tensor that is a transposed version of `input`. `aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)` */
  transpose(dim0: number, dim1: number): Tensor;
  /** In-place version of `Tensor.transpose` `aten::transpose_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)` */
  transpose_(dim0: number, dim1: number): this;
  /** Solves a system of equations with a square upper or lower triangular invertible matrix A and multiple right-hand sides b. `aten::triangular_solve(Tensor self, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False) -> (Tensor solution, Tensor cloned_coefficient)` */
  triangularSolve(A: Tensor, upper?: boolean, transpose?: boolean, unitriangular?: boolean): readonly [solution: Tensor, clonedCoefficient: Tensor];
  triangularSolve(A: Tensor, options: { upper?: boolean; transpose?: boolean; unitriangular?: boolean }): readonly [solution: Tensor, clonedCoefficient: Tensor];
  triangularSolve(A: Tensor, upper: boolean, options: { transpose?: boolean; unitriangular?: boolean }): readonly [solution: Tensor, clonedCoefficient: Tensor];
  triangularSolve(A: Tensor, upper: boolean, transpose: boolean, options: { unitriangular?: boolean }): readonly [solution: Tensor, clonedCoefficient: Tensor];
  /** Returns the lower triangular part of the matrix (2-D tensor) or batch of matrices `input`, the other elements of the result tensor `out` are set to 0. `aten::tril(Tensor self, SymInt diagonal=0) -> Tensor` */
  tril(diagonal?: number): Tensor;
  tril(options: { diagonal?: number }): Tensor;
  /** In-place version of `Tensor.tril` `aten::tril_(Tensor(a!) self, SymInt diagonal=0) -> Tensor(a!)` */
  tril_(diagonal?: number): this;
  tril_(options: { diagonal?: number }): this;
  /** Returns the upper triangular part of a matrix (2-D tensor) or batch of matrices `input`, the other elements of the result tensor `out` are set to 0. `aten::triu(Tensor self, SymInt diagonal=0) -> Tensor` */
  triu(diagonal?: number): Tensor;
  triu(options: { diagonal?: number }): Tensor;
  /** In-place version of `Tensor.triu` `aten::triu_(Tensor(a!) self, SymInt diagonal=0) -> Tensor(a!)` */
  triu_(diagonal?: number): this;
  triu_(options: { diagonal?: number }): this;
  /** Alias for `torch.div` with `rounding_mode=None`. `aten::true_divide.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::true_divide.Scalar(Tensor self, Scalar other) -> Tensor` */
  trueDivide(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.true_divide_` `aten::true_divide_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::true_divide_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  trueDivide_(other: Tensor | Scalar): this;
  /** Returns a new tensor with the truncated integer values of the elements of `input`. `aten::trunc(Tensor self) -> Tensor` */
  trunc(): Tensor;
  /** In-place version of `Tensor.trunc` `aten::trunc_(Tensor(a!) self) -> Tensor(a!)` */
  trunc_(): this;
  /** Returns this tensor cast to the type of the given tensor. `aten::type_as(Tensor self, Tensor other) -> Tensor` */
  typeAs(other: Tensor): Tensor;
  /** Removes a tensor dimension. `aten::unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]` */
  unbind(dim?: number): Tensor[];
  unbind(options: { dim?: number }): Tensor[];
  /** Expands a dimension of the input tensor over multiple dimensions. `aten::unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)` */
  unflatten(dim: number, sizes: readonly number[]): Tensor;
  unflatten(options: { dim: number; sizes: readonly number[] }): Tensor;
  /** Returns a view of the original tensor which contains all slices of size `size` from `self` tensor in the dimension `dimension`. `aten::unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)` */
  unfold(dimension: number, size: number, step: number): Tensor;
  /** Fills `self` tensor with numbers sampled from the continuous uniform distribution `aten::uniform_(Tensor(a!) self, float from=0, float to=1, *, Generator? generator=None) -> Tensor(a!)` */
  uniform_(from?: number, to?: number, options?: { generator?: Generator | null }): this;
  uniform_(options: { from?: number; to?: number; generator?: Generator | null }): this;
  uniform_(from: number, options: { to?: number; generator?: Generator | null }): this;
  /** Works like `torch.chunk` but without enforcing the autograd restrictions on inplace modification of the outputs. `aten::unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]` */
  unsafeChunk(chunks: number, dim?: number): Tensor[];
  unsafeChunk(chunks: number, options: { dim?: number }): Tensor[];
  /** Works like `torch.split` but without enforcing the autograd restrictions on inplace modification of the outputs. `aten::unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]` */
  unsafeSplit(splitSize: number, dim?: number): Tensor[];
  unsafeSplit(splitSize: number, options: { dim?: number }): Tensor[];
  /** Returns a new tensor with a dimension of size one inserted at the specified position. `aten::unsqueeze(Tensor(a) self, int dim) -> Tensor(a)` */
  unsqueeze(dim: number): Tensor;
  unsqueeze(options: { dim: number }): Tensor;
  /** In-place version of `Tensor.unsqueeze` `aten::unsqueeze_(Tensor(a!) self, int dim) -> Tensor(a!)` */
  unsqueeze_(dim: number): this;
  unsqueeze_(options: { dim: number }): this;
  /** Calculates the variance over the dimensions specified by `dim`. `aten::var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor` · `aten::var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor` · `aten::var(Tensor self, bool unbiased=True) -> Tensor` */
  var(dim: number | readonly number[] | null, unbiased?: boolean, keepdim?: boolean): Tensor;
  var(options: { dim: number | readonly number[] | null; unbiased?: boolean; keepdim?: boolean }): Tensor;
  var(dim: number | readonly number[] | null, options: { unbiased?: boolean; keepdim?: boolean }): Tensor;
  var(dim: number | readonly number[] | null, unbiased: boolean, options: { keepdim?: boolean }): Tensor;
  var(dim?: number | readonly number[] | null, options?: { correction?: Scalar | null; keepdim?: boolean }): Tensor;
  var(options: { dim?: number | readonly number[] | null; correction?: Scalar | null; keepdim?: boolean }): Tensor;
  var(unbiased?: boolean): Tensor;
  var(options: { unbiased?: boolean }): Tensor;
  /** Computes the dot product of two 1D vectors along a dimension. `aten::vdot(Tensor self, Tensor other) -> Tensor` */
  vdot(other: Tensor): Tensor;
  /** Returns a new tensor with the same data as the `self` tensor but of a different `shape`. `aten::view.dtype(Tensor(a) self, ScalarType dtype) -> Tensor(a)` · `aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)` */
  view(dtype: DType): Tensor;
  view(size: readonly number[]): Tensor;
  view(...size: number[]): Tensor;
  /** View this tensor as the same size as `other`. `aten::view_as(Tensor(a) self, Tensor other) -> Tensor(a)` */
  viewAs(other: Tensor): Tensor;
  /** Splits `input`, a tensor with two or more dimensions, into multiple tensors vertically according to `indices_or_sections`. `aten::vsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]` · `aten::vsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]` */
  vsplit(sections: number): Tensor[];
  vsplit(indices: readonly number[]): Tensor[];
  vsplit(...indices: number[]): Tensor[];
  /** `self.where(condition, y)` is equivalent to `torch.where(condition, self, y)`. `aten::where.self(Tensor condition, Tensor self, Tensor other) -> Tensor` · `aten::where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor` */
  where(condition: Tensor, other: Tensor | Scalar): Tensor;
  /** Alias for `torch.special.xlogy`. `aten::xlogy.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::xlogy.Scalar_Other(Tensor self, Scalar other) -> Tensor` */
  xlogy(other: Tensor | Scalar): Tensor;
  /** In-place version of `Tensor.xlogy` `aten::xlogy_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)` · `aten::xlogy_.Scalar_Other(Tensor(a!) self, Scalar other) -> Tensor(a!)` */
  xlogy_(other: Tensor | Scalar): this;
  /** Fills `self` tensor with zeros. `aten::zero_(Tensor(a!) self) -> Tensor(a!)` */
  zero_(): this;
}

/** Functions of `torch`. */
export interface TorchFunctions {
  /** Computes the absolute value of each element in `input`. `aten::abs(Tensor self) -> Tensor` */
  abs(input: Tensor): Tensor;
  /** Alias for `torch.abs` `aten::absolute(Tensor self) -> Tensor` */
  absolute(input: Tensor): Tensor;
  /** Returns a new tensor with the arccosine (in radians) of each element in `input`. `aten::acos(Tensor self) -> Tensor` */
  acos(input: Tensor): Tensor;
  /** Returns a new tensor with the inverse hyperbolic cosine of the elements of `input`. `aten::acosh(Tensor self) -> Tensor` */
  acosh(input: Tensor): Tensor;
  /** Applies a 1D adaptive average pooling over an input signal composed of several input planes. `aten::adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor` */
  adaptiveAvgPool1d(input: Tensor, outputSize: number | readonly number[]): Tensor;
  /** Adds `other`, scaled by `alpha`, to `input`. `aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor` · `aten::add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor` */
  add(input: Tensor, other: Tensor | Scalar, options?: { alpha?: Scalar }): Tensor;
  /** Performs a batch matrix-matrix product of matrices stored in `batch1` and `batch2`, with a reduced add step (all matrix multiplications get accumulated along the first dimension). `aten::addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor` */
  addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  /** Performs the element-wise division of `tensor1` by `tensor2`, multiplies the result by the scalar `value` and adds it to `input`. `aten::addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor` */
  addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, options?: { value?: Scalar }): Tensor;
  /** Performs the element-wise multiplication of `tensor1` by `tensor2`, multiplies the result by the scalar `value` and adds it to `input`. `aten::addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor` */
  addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, options?: { value?: Scalar }): Tensor;
  /** Performs a matrix multiplication of the matrices `mat1` and `mat2`. `aten::addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor` · `aten::addmm.dtype(Tensor self, Tensor mat1, Tensor mat2, ScalarType out_dtype, *, Scalar beta=1, Scalar alpha=1) -> Tensor` */
  addmm(input: Tensor, mat1: Tensor, mat2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  addmm(input: Tensor, mat1: Tensor, mat2: Tensor, outDtype: DType, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  /** Performs a matrix-vector product of the matrix `mat` and the vector `vec`. `aten::addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor` */
  addmv(input: Tensor, mat: Tensor, vec: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  /** Performs the outer-product of vectors `vec1` and `vec2` and adds it to the matrix `input`. `aten::addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor` */
  addr(input: Tensor, vec1: Tensor, vec2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  /** Returns a view of the tensor conjugated and with the last two dimensions transposed. `aten::adjoint(Tensor(a) self) -> Tensor(a)` */
  adjoint(input: Tensor): Tensor;
  /** Performs the same operation as `torch.alias`, but all output tensors are freshly created instead of aliasing the input. `aten::alias_copy(Tensor self) -> Tensor` */
  aliasCopy(input: Tensor): Tensor;
  /** Tests if all elements in `input` evaluate to `True`. `aten::all(Tensor self) -> Tensor` · `aten::all.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor` · `aten::all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor` */
  all(input: Tensor): Tensor;
  all(input: Tensor, dim?: readonly number[] | null, keepdim?: boolean): Tensor;
  all(input: Tensor, options: { dim?: readonly number[] | null; keepdim?: boolean }): Tensor;
  all(input: Tensor, dim: readonly number[] | null, options: { keepdim?: boolean }): Tensor;
  all(input: Tensor, dim: number, keepdim?: boolean): Tensor;
  all(input: Tensor, options: { dim: number; keepdim?: boolean }): Tensor;
  all(input: Tensor, dim: number, options: { keepdim?: boolean }): Tensor;
  /** This function checks if `input` and `other` satisfy the condition `aten::allclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> bool` */
  allclose(input: Tensor, other: Tensor, rtol?: number, atol?: number, equalNan?: boolean): boolean;
  allclose(input: Tensor, other: Tensor, options: { rtol?: number; atol?: number; equalNan?: boolean }): boolean;
  allclose(input: Tensor, other: Tensor, rtol: number, options: { atol?: number; equalNan?: boolean }): boolean;
  allclose(input: Tensor, other: Tensor, rtol: number, atol: number, options: { equalNan?: boolean }): boolean;
  /** Returns the maximum value of each slice of the `input` tensor in the given dimension(s) `dim`. `aten::amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor` */
  amax(input: Tensor, dim?: number | readonly number[], keepdim?: boolean): Tensor;
  amax(input: Tensor, options: { dim?: number | readonly number[]; keepdim?: boolean }): Tensor;
  amax(input: Tensor, dim: number | readonly number[], options: { keepdim?: boolean }): Tensor;
  /** Returns the minimum value of each slice of the `input` tensor in the given dimension(s) `dim`. `aten::amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor` */
  amin(input: Tensor, dim?: number | readonly number[], keepdim?: boolean): Tensor;
  amin(input: Tensor, options: { dim?: number | readonly number[]; keepdim?: boolean }): Tensor;
  amin(input: Tensor, dim: number | readonly number[], options: { keepdim?: boolean }): Tensor;
  /** Computes the minimum and maximum values of the `input` tensor. `aten::aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)` */
  aminmax(input: Tensor, options?: { dim?: number | null; keepdim?: boolean }): readonly [min: Tensor, max: Tensor];
  /** Computes the element-wise angle (in radians) of the given `input` tensor. `aten::angle(Tensor self) -> Tensor` */
  angle(input: Tensor): Tensor;
  /** Tests if any element in `input` evaluates to `True`. `aten::any(Tensor self) -> Tensor` · `aten::any.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor` · `aten::any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor` */
  any(input: Tensor): Tensor;
  any(input: Tensor, dim?: readonly number[] | null, keepdim?: boolean): Tensor;
  any(input: Tensor, options: { dim?: readonly number[] | null; keepdim?: boolean }): Tensor;
  any(input: Tensor, dim: readonly number[] | null, options: { keepdim?: boolean }): Tensor;
  any(input: Tensor, dim: number, keepdim?: boolean): Tensor;
  any(input: Tensor, options: { dim: number; keepdim?: boolean }): Tensor;
  any(input: Tensor, dim: number, options: { keepdim?: boolean }): Tensor;
  /** Returns a 1-D tensor of size \lceil \frac{end - start}{step} \rceil with values from the interval `[start, end)` taken with common difference `step` beginning from `start`. `aten::arange(Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::arange.start(Scalar start, Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::arange.start_step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  arange(end: Scalar, options?: FactoryOptions): Tensor;
  arange(start: Scalar, end: Scalar, options?: FactoryOptions): Tensor;
  arange(start: Scalar, end: Scalar, step?: Scalar, options?: FactoryOptions): Tensor;
  arange(start: Scalar, end: Scalar, options: FactoryOptions & { step?: Scalar }): Tensor;
  /** Alias for `torch.acos`. `aten::arccos(Tensor self) -> Tensor` */
  arccos(input: Tensor): Tensor;
  /** Alias for `torch.acosh`. `aten::arccosh(Tensor self) -> Tensor` */
  arccosh(input: Tensor): Tensor;
  /** Alias for `torch.asin`. `aten::arcsin(Tensor self) -> Tensor` */
  arcsin(input: Tensor): Tensor;
  /** Alias for `torch.asinh`. `aten::arcsinh(Tensor self) -> Tensor` */
  arcsinh(input: Tensor): Tensor;
  /** Alias for `torch.atan`. `aten::arctan(Tensor self) -> Tensor` */
  arctan(input: Tensor): Tensor;
  /** Alias for `torch.atan2`. `aten::arctan2(Tensor self, Tensor other) -> Tensor` */
  arctan2(input: Tensor, other: Tensor): Tensor;
  /** Alias for `torch.atanh`. `aten::arctanh(Tensor self) -> Tensor` */
  arctanh(input: Tensor): Tensor;
  /** Returns the indices of the maximum value of all elements in the `input` tensor. `aten::argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor` */
  argmax(input: Tensor, dim?: number | null, keepdim?: boolean): Tensor;
  argmax(input: Tensor, options: { dim?: number | null; keepdim?: boolean }): Tensor;
  argmax(input: Tensor, dim: number | null, options: { keepdim?: boolean }): Tensor;
  /** Returns the indices of the minimum value(s) of the flattened tensor or along a dimension `aten::argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor` */
  argmin(input: Tensor, dim?: number | null, keepdim?: boolean): Tensor;
  argmin(input: Tensor, options: { dim?: number | null; keepdim?: boolean }): Tensor;
  argmin(input: Tensor, dim: number | null, options: { keepdim?: boolean }): Tensor;
  /** Returns the indices that sort a tensor along a given dimension in ascending order by value. `aten::argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor` · `aten::argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor` */
  argsort(input: Tensor, options: { stable: boolean; dim?: number; descending?: boolean }): Tensor;
  argsort(input: Tensor, dim?: number, descending?: boolean): Tensor;
  argsort(input: Tensor, options: { dim?: number; descending?: boolean }): Tensor;
  argsort(input: Tensor, dim: number, options: { descending?: boolean }): Tensor;
  /** Returns a tensor containing the indices of all non-zero elements of `input`. `aten::argwhere(Tensor self) -> Tensor` */
  argwhere(input: Tensor): Tensor;
  /** Create a view of an existing `torch.Tensor` `input` with specified `size`, `stride` and `storage_offset`. `aten::as_strided(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a)` */
  asStrided(input: Tensor, size: readonly number[], stride: readonly number[], storageOffset?: number | null): Tensor;
  asStrided(input: Tensor, size: readonly number[], stride: readonly number[], options: { storageOffset?: number | null }): Tensor;
  /** Performs the same operation as `torch.as_strided`, but all output tensors are freshly created instead of aliasing the input. `aten::as_strided_copy(Tensor self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor` */
  asStridedCopy(input: Tensor, size: readonly number[], stride: readonly number[], storageOffset?: number | null): Tensor;
  asStridedCopy(input: Tensor, size: readonly number[], stride: readonly number[], options: { storageOffset?: number | null }): Tensor;
  /** Embeds the values of the `src` tensor into `input` along the elements corresponding to the result of calling input.as_strided(size, stride, storage_offset). `aten::as_strided_scatter(Tensor self, Tensor src, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor` */
  asStridedScatter(input: Tensor, src: Tensor, size: readonly number[], stride: readonly number[], storageOffset?: number | null): Tensor;
  asStridedScatter(input: Tensor, src: Tensor, size: readonly number[], stride: readonly number[], options: { storageOffset?: number | null }): Tensor;
  /** Returns a new tensor with the arcsine of the elements (in radians) in the `input` tensor. `aten::asin(Tensor self) -> Tensor` */
  asin(input: Tensor): Tensor;
  /** Returns a new tensor with the inverse hyperbolic sine of the elements of `input`. `aten::asinh(Tensor self) -> Tensor` */
  asinh(input: Tensor): Tensor;
  /** Returns a new tensor with the arctangent of the elements (in radians) in the `input` tensor. `aten::atan(Tensor self) -> Tensor` */
  atan(input: Tensor): Tensor;
  /** Element-wise arctangent of input_{i} / other_{i} with consideration of the quadrant. `aten::atan2(Tensor self, Tensor other) -> Tensor` */
  atan2(input: Tensor, other: Tensor): Tensor;
  /** Returns a new tensor with the inverse hyperbolic tangent of the elements of `input`. `aten::atanh(Tensor self) -> Tensor` */
  atanh(input: Tensor): Tensor;
  /** Returns a 1-dimensional view of each input tensor with zero dimensions. `aten::atleast_1d(Tensor self) -> Tensor` · `aten::atleast_1d.Sequence(Tensor[] tensors) -> Tensor[]` */
  atleast1d(input: Tensor): Tensor;
  atleast1d(tensors: readonly Tensor[]): Tensor[];
  /** Returns a 2-dimensional view of each input tensor with zero dimensions. `aten::atleast_2d(Tensor self) -> Tensor` · `aten::atleast_2d.Sequence(Tensor[] tensors) -> Tensor[]` */
  atleast2d(input: Tensor): Tensor;
  atleast2d(tensors: readonly Tensor[]): Tensor[];
  /** Returns a 3-dimensional view of each input tensor with zero dimensions. `aten::atleast_3d(Tensor self) -> Tensor` · `aten::atleast_3d.Sequence(Tensor[] tensors) -> Tensor[]` */
  atleast3d(input: Tensor): Tensor;
  atleast3d(tensors: readonly Tensor[]): Tensor[];
  /** Applies a 1D average pooling over an input signal composed of several input planes. `aten::avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, bool ceil_mode=False, bool count_include_pad=True) -> Tensor` */
  avgPool1d(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], ceilMode?: boolean, countIncludePad?: boolean): Tensor;
  avgPool1d(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; ceilMode?: boolean; countIncludePad?: boolean }): Tensor;
  avgPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; ceilMode?: boolean; countIncludePad?: boolean }): Tensor;
  avgPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { ceilMode?: boolean; countIncludePad?: boolean }): Tensor;
  avgPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], ceilMode: boolean, options: { countIncludePad?: boolean }): Tensor;
  /** Performs a batch matrix-matrix product of matrices in `batch1` and `batch2`. `aten::baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor` · `aten::baddbmm.dtype(Tensor self, Tensor batch1, Tensor batch2, ScalarType out_dtype, *, Scalar beta=1, Scalar alpha=1) -> Tensor` */
  baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, outDtype: DType, options?: { beta?: Scalar; alpha?: Scalar }): Tensor;
  /** Bartlett window function. `aten::bartlett_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::bartlett_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  bartlettWindow(windowLength: number, options?: FactoryOptions): Tensor;
  bartlettWindow(windowLength: number, periodic: boolean, options?: FactoryOptions): Tensor;
  /** `aten::batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -> Tensor` */
  batchNorm(input: Tensor, weight: Tensor | null, bias: Tensor | null, runningMean: Tensor | null, runningVar: Tensor | null, training: boolean, momentum: number, eps: number, cudnnEnabled: boolean): Tensor;
  /** Draws binary random numbers (0 or 1) from a Bernoulli distribution. `aten::bernoulli(Tensor self, *, Generator? generator=None) -> Tensor` · `aten::bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor` */
  bernoulli(input: Tensor, options?: { generator?: Generator | null }): Tensor;
  bernoulli(input: Tensor, p: number, options?: { generator?: Generator | null }): Tensor;
  /** Applies a bilinear transformation to the incoming data: y = x_1^T A x_2 + b `aten::bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor` */
  bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias?: Tensor | null): Tensor;
  bilinear(input1: Tensor, input2: Tensor, weight: Tensor, options: { bias?: Tensor | null }): Tensor;
  /** Count the frequency of each value in an array of non-negative ints. `aten::bincount(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor` */
  bincount(input: Tensor, weights?: Tensor | null, minlength?: number): Tensor;
  bincount(input: Tensor, options: { weights?: Tensor | null; minlength?: number }): Tensor;
  bincount(input: Tensor, weights: Tensor | null, options: { minlength?: number }): Tensor;
  /** `aten::binomial(Tensor count, Tensor prob, Generator? generator=None) -> Tensor` */
  binomial(count: Tensor, prob: Tensor, generator?: Generator | null): Tensor;
  binomial(count: Tensor, prob: Tensor, options: { generator?: Generator | null }): Tensor;
  /** Computes the bitwise AND of `input` and `other`. `aten::bitwise_and.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::bitwise_and.Scalar_Tensor(Scalar self, Tensor other) -> Tensor` · `aten::bitwise_and.Scalar(Tensor self, Scalar other) -> Tensor` */
  bitwiseAnd(input: Tensor | Scalar, other: Tensor): Tensor;
  bitwiseAnd(input: Tensor, other: Scalar): Tensor;
  /** Computes the left arithmetic shift of `input` by `other` bits. `aten::bitwise_left_shift.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::bitwise_left_shift.Scalar_Tensor(Scalar self, Tensor other) -> Tensor` · `aten::bitwise_left_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor` */
  bitwiseLeftShift(input: Tensor | Scalar, other: Tensor): Tensor;
  bitwiseLeftShift(input: Tensor, other: Scalar): Tensor;
  /** Computes the bitwise NOT of the given input tensor. `aten::bitwise_not(Tensor self) -> Tensor` */
  bitwiseNot(input: Tensor): Tensor;
  /** Computes the bitwise OR of `input` and `other`. `aten::bitwise_or.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::bitwise_or.Scalar_Tensor(Scalar self, Tensor other) -> Tensor` · `aten::bitwise_or.Scalar(Tensor self, Scalar other) -> Tensor` */
  bitwiseOr(input: Tensor | Scalar, other: Tensor): Tensor;
  bitwiseOr(input: Tensor, other: Scalar): Tensor;
  /** Computes the right arithmetic shift of `input` by `other` bits. `aten::bitwise_right_shift.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::bitwise_right_shift.Scalar_Tensor(Scalar self, Tensor other) -> Tensor` · `aten::bitwise_right_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor` */
  bitwiseRightShift(input: Tensor | Scalar, other: Tensor): Tensor;
  bitwiseRightShift(input: Tensor, other: Scalar): Tensor;
  /** Computes the bitwise XOR of `input` and `other`. `aten::bitwise_xor.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::bitwise_xor.Scalar_Tensor(Scalar self, Tensor other) -> Tensor` · `aten::bitwise_xor.Scalar(Tensor self, Scalar other) -> Tensor` */
  bitwiseXor(input: Tensor | Scalar, other: Tensor): Tensor;
  bitwiseXor(input: Tensor, other: Scalar): Tensor;
  /** Blackman window function. `aten::blackman_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::blackman_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  blackmanWindow(windowLength: number, options?: FactoryOptions): Tensor;
  blackmanWindow(windowLength: number, periodic: boolean, options?: FactoryOptions): Tensor;
  /** Create a block diagonal matrix from provided tensors. `aten::block_diag(Tensor[] tensors) -> Tensor` */
  blockDiag(tensors: readonly Tensor[]): Tensor;
  /** Performs a batch matrix-matrix product of matrices stored in `input` and `mat2`. `aten::bmm(Tensor self, Tensor mat2) -> Tensor` · `aten::bmm.dtype(Tensor self, Tensor mat2, ScalarType out_dtype) -> Tensor` */
  bmm(input: Tensor, mat2: Tensor): Tensor;
  bmm(input: Tensor, mat2: Tensor, outDtype: DType): Tensor;
  /** Broadcasts the given tensors according to `broadcasting-semantics`. `aten::broadcast_tensors(Tensor[] tensors) -> Tensor[]` */
  broadcastTensors(tensors: readonly Tensor[]): Tensor[];
  /** Broadcasts `input` to the shape `\shape`. `aten::broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)` */
  broadcastTo(input: Tensor, size: readonly number[]): Tensor;
  /** Returns the indices of the buckets to which each value in the `input` belongs, where the boundaries of the buckets are set by `boundaries`. `aten::bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor` · `aten::bucketize.Scalar(Scalar self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor` */
  bucketize(input: Tensor | Scalar, boundaries: Tensor, options?: { outInt32?: boolean; right?: boolean }): Tensor;
  /** Determines if a type conversion is allowed under PyTorch casting rules described in the type promotion `documentation`. `aten::can_cast(ScalarType from_, ScalarType to) -> bool` */
  canCast(from_: DType, to: DType): boolean;
  /** Do cartesian product of the given sequence of tensors. `aten::cartesian_prod(Tensor[] tensors) -> Tensor` */
  cartesianProd(tensors: readonly Tensor[]): Tensor;
  /** Concatenates the given sequence of tensors in `tensors` in the given dimension. `aten::cat(Tensor[] tensors, int dim=0) -> Tensor` */
  cat(tensors: readonly Tensor[], dim?: number): Tensor;
  cat(tensors: readonly Tensor[], options: { dim?: number }): Tensor;
  /** Computes batched the p-norm distance between each pair of the two collections of row vectors. `aten::cdist(Tensor x1, Tensor x2, float p=2, int? compute_mode=None) -> Tensor` */
  cdist(x1: Tensor, x2: Tensor, p?: number): Tensor;
  cdist(x1: Tensor, x2: Tensor, options: { p?: number }): Tensor;
  /** Returns a new tensor with the ceil of the elements of `input`, the smallest integer greater than or equal to each element. `aten::ceil(Tensor self) -> Tensor` */
  ceil(input: Tensor): Tensor;
  /** `aten::celu(Tensor self, Scalar alpha=1.0) -> Tensor` */
  celu(input: Tensor, options?: { alpha?: Scalar }): Tensor;
  /** In-place version of `celu`. `aten::celu_(Tensor(a!) self, Scalar alpha=1.0) -> Tensor(a!)` */
  celu_(input: Tensor, options?: { alpha?: Scalar }): Tensor;
  /** Divide the channels in a tensor of shape (*, C , H, W) into g groups and rearrange them as (*, C \frac g, g, H, W), while keeping the original tensor shape. `aten::channel_shuffle(Tensor self, SymInt groups) -> Tensor` */
  channelShuffle(input: Tensor, groups: number): Tensor;
  /** Computes the Cholesky decomposition of a symmetric positive-definite matrix A or for batches of symmetric positive-definite matrices. `aten::cholesky(Tensor self, bool upper=False) -> Tensor` */
  cholesky(input: Tensor, upper?: boolean): Tensor;
  cholesky(input: Tensor, options: { upper?: boolean }): Tensor;
  /** Computes the inverse of a complex Hermitian or real symmetric positive-definite matrix given its Cholesky decomposition. `aten::cholesky_inverse(Tensor self, bool upper=False) -> Tensor` */
  choleskyInverse(input: Tensor, upper?: boolean): Tensor;
  choleskyInverse(input: Tensor, options: { upper?: boolean }): Tensor;
  /** Computes the solution of a system of linear equations with complex Hermitian or real symmetric positive-definite lhs given its Cholesky decomposition. `aten::cholesky_solve(Tensor self, Tensor input2, bool upper=False) -> Tensor` */
  choleskySolve(input: Tensor, input2: Tensor, upper?: boolean): Tensor;
  choleskySolve(input: Tensor, input2: Tensor, options: { upper?: boolean }): Tensor;
  /** Attempts to split a tensor into the specified number of chunks. `aten::chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]` */
  chunk(input: Tensor, chunks: number, dim?: number): Tensor[];
  chunk(input: Tensor, chunks: number, options: { dim?: number }): Tensor[];
  /** Clamps all elements in `input` into the range `[` `min`, `max` `]`. `aten::clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor` · `aten::clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor` */
  clamp(input: Tensor, min?: Tensor | null, max?: Tensor | null): Tensor;
  clamp(input: Tensor, options: { min?: Tensor | null; max?: Tensor | null }): Tensor;
  clamp(input: Tensor, min: Tensor | null, options: { max?: Tensor | null }): Tensor;
  clamp(input: Tensor, min?: Scalar | null, max?: Scalar | null): Tensor;
  clamp(input: Tensor, options: { min?: Scalar | null; max?: Scalar | null }): Tensor;
  clamp(input: Tensor, min: Scalar | null, options: { max?: Scalar | null }): Tensor;
  /** `aten::clamp_max.Tensor(Tensor self, Tensor max) -> Tensor` · `aten::clamp_max(Tensor self, Scalar max) -> Tensor` */
  clampMax(input: Tensor, max: Tensor | Scalar): Tensor;
  /** `aten::clamp_min.Tensor(Tensor self, Tensor min) -> Tensor` · `aten::clamp_min(Tensor self, Scalar min) -> Tensor` */
  clampMin(input: Tensor, min: Tensor | Scalar): Tensor;
  /** Alias for `torch.clamp`. `aten::clip.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor` · `aten::clip(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor` */
  clip(input: Tensor, min?: Tensor | null, max?: Tensor | null): Tensor;
  clip(input: Tensor, options: { min?: Tensor | null; max?: Tensor | null }): Tensor;
  clip(input: Tensor, min: Tensor | null, options: { max?: Tensor | null }): Tensor;
  clip(input: Tensor, min?: Scalar | null, max?: Scalar | null): Tensor;
  clip(input: Tensor, options: { min?: Scalar | null; max?: Scalar | null }): Tensor;
  clip(input: Tensor, min: Scalar | null, options: { max?: Scalar | null }): Tensor;
  /** Returns a copy of `input`. `aten::clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor` */
  clone(input: Tensor, options?: { memoryFormat?: MemoryFormat | null }): Tensor;
  /** Performs the same operation as `torch.col_indices`, but all output tensors are freshly created instead of aliasing the input. `aten::col_indices_copy(Tensor self) -> Tensor` */
  colIndicesCopy(input: Tensor): Tensor;
  /** Creates a new tensor by horizontally stacking the tensors in `tensors`. `aten::column_stack(Tensor[] tensors) -> Tensor` */
  columnStack(tensors: readonly Tensor[]): Tensor;
  /** Compute combinations of length r of the given tensor. `aten::combinations(Tensor self, int r=2, bool with_replacement=False) -> Tensor` */
  combinations(input: Tensor, r?: number, withReplacement?: boolean): Tensor;
  combinations(input: Tensor, options: { r?: number; withReplacement?: boolean }): Tensor;
  combinations(input: Tensor, r: number, options: { withReplacement?: boolean }): Tensor;
  /** Constructs a complex tensor with its real part equal to `real` and its imaginary part equal to `imag`. `aten::complex(Tensor real, Tensor imag) -> Tensor` */
  complex(real: Tensor, imag: Tensor): Tensor;
  /** Alias of `torch.cat`. `aten::concat(Tensor[] tensors, int dim=0) -> Tensor` */
  concat(tensors: readonly Tensor[], dim?: number): Tensor;
  concat(tensors: readonly Tensor[], options: { dim?: number }): Tensor;
  /** Alias of `torch.cat`. `aten::concatenate(Tensor[] tensors, int dim=0) -> Tensor` */
  concatenate(tensors: readonly Tensor[], dim?: number): Tensor;
  concatenate(tensors: readonly Tensor[], options: { dim?: number }): Tensor;
  /** Returns a view of `input` with a flipped conjugate bit. `aten::conj(Tensor(a) self) -> Tensor(a)` */
  conj(input: Tensor): Tensor;
  /** Computes the element-wise conjugate of the given `input` tensor. `aten::conj_physical(Tensor self) -> Tensor` */
  conjPhysical(input: Tensor): Tensor;
  /** `aten::constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor` */
  constantPadNd(input: Tensor, pad: readonly number[], value?: Scalar): Tensor;
  constantPadNd(input: Tensor, pad: readonly number[], options: { value?: Scalar }): Tensor;
  /** Applies a 1D convolution over an input signal composed of several input planes. `aten::conv1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=1, SymInt[1] padding=0, SymInt[1] dilation=1, SymInt groups=1) -> Tensor` · `aten::conv1d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=1, str padding="valid", SymInt[1] dilation=1, SymInt groups=1) -> Tensor` */
  conv1d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[] | string, dilation?: number | readonly number[], groups?: number): Tensor;
  conv1d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv1d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, options: { dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, dilation: number | readonly number[], options: { groups?: number }): Tensor;
  /** Applies a 2D convolution over an input image composed of several input planes. `aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=1, SymInt[2] padding=0, SymInt[2] dilation=1, SymInt groups=1) -> Tensor` · `aten::conv2d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=1, str padding="valid", SymInt[2] dilation=1, SymInt groups=1) -> Tensor` */
  conv2d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[] | string, dilation?: number | readonly number[], groups?: number): Tensor;
  conv2d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, options: { dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, dilation: number | readonly number[], options: { groups?: number }): Tensor;
  /** Applies a 3D convolution over an input image composed of several input planes. `aten::conv3d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=1, SymInt[3] padding=0, SymInt[3] dilation=1, SymInt groups=1) -> Tensor` · `aten::conv3d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=1, str padding="valid", SymInt[3] dilation=1, SymInt groups=1) -> Tensor` */
  conv3d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[] | string, dilation?: number | readonly number[], groups?: number): Tensor;
  conv3d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv3d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, options: { dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, dilation: number | readonly number[], options: { groups?: number }): Tensor;
  /** Applies a 1D transposed convolution operator over an input signal composed of several input planes, sometimes also called "deconvolution". `aten::conv_transpose1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=1, SymInt[1] padding=0, SymInt[1] output_padding=0, SymInt groups=1, SymInt[1] dilation=1) -> Tensor` */
  convTranspose1d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[], outputPadding?: number | readonly number[], groups?: number, dilation?: number | readonly number[]): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], options: { outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], options: { groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], groups: number, options: { dilation?: number | readonly number[] }): Tensor;
  /** Applies a 2D transposed convolution operator over an input image composed of several input planes, sometimes also called "deconvolution". `aten::conv_transpose2d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=1, SymInt[2] padding=0, SymInt[2] output_padding=0, SymInt groups=1, SymInt[2] dilation=1) -> Tensor` */
  convTranspose2d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[], outputPadding?: number | readonly number[], groups?: number, dilation?: number | readonly number[]): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], options: { outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], options: { groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], groups: number, options: { dilation?: number | readonly number[] }): Tensor;
  /** Applies a 3D transposed convolution operator over an input image composed of several input planes, sometimes also called "deconvolution" `aten::conv_transpose3d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=1, SymInt[3] padding=0, SymInt[3] output_padding=0, SymInt groups=1, SymInt[3] dilation=1) -> Tensor` */
  convTranspose3d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[], outputPadding?: number | readonly number[], groups?: number, dilation?: number | readonly number[]): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], options: { outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], options: { groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], groups: number, options: { dilation?: number | readonly number[] }): Tensor;
  /** Create a new floating-point tensor with the magnitude of `input` and the sign of `other`, elementwise. `aten::copysign.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::copysign.Scalar(Tensor self, Scalar other) -> Tensor` */
  copysign(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Estimates the Pearson product-moment correlation coefficient matrix of the variables given by the `input` matrix, where rows are the variables and columns are the observations. `aten::corrcoef(Tensor self) -> Tensor` */
  corrcoef(input: Tensor): Tensor;
  /** Returns a new tensor with the cosine of the elements of `input` given in radians. `aten::cos(Tensor self) -> Tensor` */
  cos(input: Tensor): Tensor;
  /** Returns a new tensor with the hyperbolic cosine  of the elements of `input`. `aten::cosh(Tensor self) -> Tensor` */
  cosh(input: Tensor): Tensor;
  /** Returns cosine similarity between `x1` and `x2`, computed along dim. `aten::cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor` */
  cosineSimilarity(x1: Tensor, x2: Tensor, dim?: number, eps?: number): Tensor;
  cosineSimilarity(x1: Tensor, x2: Tensor, options: { dim?: number; eps?: number }): Tensor;
  cosineSimilarity(x1: Tensor, x2: Tensor, dim: number, options: { eps?: number }): Tensor;
  /** Counts the number of non-zero values in the tensor `input` along the given `dim`. `aten::count_nonzero(Tensor self, int? dim=None) -> Tensor` · `aten::count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor` */
  countNonzero(input: Tensor, dim?: number | null): Tensor;
  countNonzero(input: Tensor, options: { dim?: number | null }): Tensor;
  countNonzero(input: Tensor, dim: readonly number[]): Tensor;
  countNonzero(input: Tensor, options: { dim: readonly number[] }): Tensor;
  /** Estimates the covariance matrix of the variables given by the `input` matrix, where rows are the variables and columns are the observations. `aten::cov(Tensor self, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None) -> Tensor` */
  cov(input: Tensor, options?: { correction?: number; fweights?: Tensor | null; aweights?: Tensor | null }): Tensor;
  /** Returns the cross product of vectors in dimension `dim` of `input` and `other`. `aten::cross(Tensor self, Tensor other, int? dim=None) -> Tensor` */
  cross(input: Tensor, other: Tensor, dim?: number | null): Tensor;
  cross(input: Tensor, other: Tensor, options: { dim?: number | null }): Tensor;
  /** Performs the same operation as `torch.crow_indices`, but all output tensors are freshly created instead of aliasing the input. `aten::crow_indices_copy(Tensor self) -> Tensor` */
  crowIndicesCopy(input: Tensor): Tensor;
  /** Returns a namedtuple `(values, indices)` where `values` is the cumulative maximum of elements of `input` in the dimension `dim`. `aten::cummax(Tensor self, int dim) -> (Tensor values, Tensor indices)` */
  cummax(input: Tensor, dim: number): readonly [values: Tensor, indices: Tensor];
  cummax(input: Tensor, options: { dim: number }): readonly [values: Tensor, indices: Tensor];
  /** Returns a namedtuple `(values, indices)` where `values` is the cumulative minimum of elements of `input` in the dimension `dim`. `aten::cummin(Tensor self, int dim) -> (Tensor values, Tensor indices)` */
  cummin(input: Tensor, dim: number): readonly [values: Tensor, indices: Tensor];
  cummin(input: Tensor, options: { dim: number }): readonly [values: Tensor, indices: Tensor];
  /** Returns the cumulative product of elements of `input` in the dimension `dim`. `aten::cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor` */
  cumprod(input: Tensor, dim: number, options?: { dtype?: DType | null }): Tensor;
  cumprod(input: Tensor, options: { dim: number; dtype?: DType | null }): Tensor;
  /** Returns the cumulative sum of elements of `input` in the dimension `dim`. `aten::cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor` */
  cumsum(input: Tensor, dim: number, options?: { dtype?: DType | null }): Tensor;
  cumsum(input: Tensor, options: { dim: number; dtype?: DType | null }): Tensor;
  /** Cumulatively computes the trapezoidal rule along `dim`. `aten::cumulative_trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor` · `aten::cumulative_trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor` */
  cumulativeTrapezoid(y: Tensor, x: Tensor, options?: { dim?: number }): Tensor;
  cumulativeTrapezoid(y: Tensor, options?: { dx?: Scalar; dim?: number }): Tensor;
  /** Returns a new tensor with each of the elements of `input` converted from angles in degrees to radians. `aten::deg2rad(Tensor self) -> Tensor` */
  deg2rad(input: Tensor): Tensor;
  /** Alias for `torch.linalg.det` `aten::det(Tensor self) -> Tensor` */
  det(input: Tensor): Tensor;
  /** `aten::detach(Tensor(a) self) -> Tensor(a)` */
  detach(input: Tensor): Tensor;
  /** Performs the same operation as `torch.detach`, but all output tensors are freshly created instead of aliasing the input. `aten::detach_copy(Tensor self) -> Tensor` */
  detachCopy(input: Tensor): Tensor;
  /** - If `input` is a vector (1-D tensor), then returns a 2-D square tensor with the elements of `input` as the diagonal. `aten::diag(Tensor self, int diagonal=0) -> Tensor` */
  diag(input: Tensor, diagonal?: number): Tensor;
  diag(input: Tensor, options: { diagonal?: number }): Tensor;
  /** Creates a tensor whose diagonals of certain 2D planes (specified by `dim1` and `dim2`) are filled by `input`. `aten::diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor` */
  diagEmbed(input: Tensor, offset?: number, dim1?: number, dim2?: number): Tensor;
  diagEmbed(input: Tensor, options: { offset?: number; dim1?: number; dim2?: number }): Tensor;
  diagEmbed(input: Tensor, offset: number, options: { dim1?: number; dim2?: number }): Tensor;
  diagEmbed(input: Tensor, offset: number, dim1: number, options: { dim2?: number }): Tensor;
  /** - If `input` is a vector (1-D tensor), then returns a 2-D square tensor with the elements of `input` as the diagonal. `aten::diagflat(Tensor self, int offset=0) -> Tensor` */
  diagflat(input: Tensor, offset?: number): Tensor;
  diagflat(input: Tensor, options: { offset?: number }): Tensor;
  /** Returns a partial view of `input` with the its diagonal elements with respect to `dim1` and `dim2` appended as a dimension at the end of the shape. `aten::diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)` */
  diagonal(input: Tensor, offset?: number, dim1?: number, dim2?: number): Tensor;
  diagonal(input: Tensor, options: { offset?: number; dim1?: number; dim2?: number }): Tensor;
  diagonal(input: Tensor, offset: number, options: { dim1?: number; dim2?: number }): Tensor;
  diagonal(input: Tensor, offset: number, dim1: number, options: { dim2?: number }): Tensor;
  /** Performs the same operation as `torch.diagonal`, but all output tensors are freshly created instead of aliasing the input. `aten::diagonal_copy(Tensor self, int offset=0, int dim1=0, int dim2=1) -> Tensor` */
  diagonalCopy(input: Tensor, offset?: number, dim1?: number, dim2?: number): Tensor;
  diagonalCopy(input: Tensor, options: { offset?: number; dim1?: number; dim2?: number }): Tensor;
  diagonalCopy(input: Tensor, offset: number, options: { dim1?: number; dim2?: number }): Tensor;
  diagonalCopy(input: Tensor, offset: number, dim1: number, options: { dim2?: number }): Tensor;
  /** Embeds the values of the `src` tensor into `input` along the diagonal elements of `input`, with respect to `dim1` and `dim2`. `aten::diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor` */
  diagonalScatter(input: Tensor, src: Tensor, offset?: number, dim1?: number, dim2?: number): Tensor;
  diagonalScatter(input: Tensor, src: Tensor, options: { offset?: number; dim1?: number; dim2?: number }): Tensor;
  diagonalScatter(input: Tensor, src: Tensor, offset: number, options: { dim1?: number; dim2?: number }): Tensor;
  diagonalScatter(input: Tensor, src: Tensor, offset: number, dim1: number, options: { dim2?: number }): Tensor;
  /** Computes the n-th forward difference along the given dimension. `aten::diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor` */
  diff(input: Tensor, n?: number, dim?: number, prepend?: Tensor | null, append?: Tensor | null): Tensor;
  diff(input: Tensor, options: { n?: number; dim?: number; prepend?: Tensor | null; append?: Tensor | null }): Tensor;
  diff(input: Tensor, n: number, options: { dim?: number; prepend?: Tensor | null; append?: Tensor | null }): Tensor;
  diff(input: Tensor, n: number, dim: number, options: { prepend?: Tensor | null; append?: Tensor | null }): Tensor;
  diff(input: Tensor, n: number, dim: number, prepend: Tensor | null, options: { append?: Tensor | null }): Tensor;
  /** Alias for `torch.special.digamma`. `aten::digamma(Tensor self) -> Tensor` */
  digamma(input: Tensor): Tensor;
  /** Returns the p-norm of (`input` - `other`) `aten::dist(Tensor self, Tensor other, Scalar p=2) -> Tensor` */
  dist(input: Tensor, other: Tensor, p?: Scalar): Tensor;
  dist(input: Tensor, other: Tensor, options: { p?: Scalar }): Tensor;
  /** Divides each element of the input `input` by the corresponding element of `other`. `aten::div.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor` · `aten::div.Scalar(Tensor self, Scalar other) -> Tensor` · `aten::div.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor` */
  div(input: Tensor, other: Tensor | Scalar): Tensor;
  div(input: Tensor, other: Tensor | Scalar, options: { roundingMode: 'trunc' | 'floor' | null }): Tensor;
  /** Alias for `torch.div`. `aten::divide.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::divide.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor` · `aten::divide.Scalar(Tensor self, Scalar other) -> Tensor` · `aten::divide.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor` */
  divide(input: Tensor, other: Tensor | Scalar): Tensor;
  divide(input: Tensor, other: Tensor | Scalar, options: { roundingMode: 'trunc' | 'floor' | null }): Tensor;
  /** Computes the dot product of two 1D tensors. `aten::dot(Tensor self, Tensor tensor) -> Tensor` */
  dot(input: Tensor, tensor: Tensor): Tensor;
  /** `aten::dropout(Tensor input, float p, bool train) -> Tensor` */
  dropout(input: Tensor, p: number, train: boolean): Tensor;
  /** Splits `input`, a tensor with three or more dimensions, into multiple tensors depthwise according to `indices_or_sections`. `aten::dsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]` · `aten::dsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]` */
  dsplit(input: Tensor, sections: number): Tensor[];
  dsplit(input: Tensor, indices: readonly number[]): Tensor[];
  /** Stack tensors in sequence depthwise (along third axis). `aten::dstack(Tensor[] tensors) -> Tensor` */
  dstack(tensors: readonly Tensor[]): Tensor;
  /** Sums the product of the elements of the input `operands` along dimensions specified using a notation based on the Einstein summation convention. `aten::einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor` */
  einsum(equation: string, tensors: readonly Tensor[], options?: { path?: readonly number[] | null }): Tensor;
  /** `aten::embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor` */
  embedding(weight: Tensor, indices: Tensor, paddingIdx?: number, scaleGradByFreq?: boolean, sparse?: boolean): Tensor;
  embedding(weight: Tensor, indices: Tensor, options: { paddingIdx?: number; scaleGradByFreq?: boolean; sparse?: boolean }): Tensor;
  embedding(weight: Tensor, indices: Tensor, paddingIdx: number, options: { scaleGradByFreq?: boolean; sparse?: boolean }): Tensor;
  embedding(weight: Tensor, indices: Tensor, paddingIdx: number, scaleGradByFreq: boolean, options: { sparse?: boolean }): Tensor;
  /** Returns a tensor filled with uninitialized data. `aten::empty.memory_format(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` */
  empty(size: readonly number[], options?: FactoryOptions & { memoryFormat?: MemoryFormat | null }): Tensor;
  empty(...size: number[]): Tensor;
  /** Returns an uninitialized tensor with the same size as `input`. `aten::empty_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` */
  emptyLike(input: Tensor, options?: FactoryOptions & { memoryFormat?: MemoryFormat | null }): Tensor;
  /** Creates an uninitialized, non-overlapping and dense tensor with the specified `size`, with `physical_layout` specifying how the dimensions are physically laid out in memory (each logical dimension... `aten::empty_permuted(SymInt[] size, int[] physical_layout, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  emptyPermuted(size: readonly number[], physicalLayout: readonly number[], options?: FactoryOptions): Tensor;
  /** Creates a tensor with the specified `size` and `stride` and filled with undefined data. `aten::empty_strided(SymInt[] size, SymInt[] stride, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  emptyStrided(size: readonly number[], stride: readonly number[], options?: FactoryOptions): Tensor;
  /** Computes element-wise equality `aten::eq.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::eq.Scalar(Tensor self, Scalar other) -> Tensor` */
  eq(input: Tensor, other: Tensor | Scalar): Tensor;
  /** `True` if two tensors have the same size and elements, `False` otherwise. `aten::equal(Tensor self, Tensor other) -> bool` */
  equal(input: Tensor, other: Tensor): boolean;
  /** Alias for `torch.special.erf`. `aten::erf(Tensor self) -> Tensor` */
  erf(input: Tensor): Tensor;
  /** Alias for `torch.special.erfc`. `aten::erfc(Tensor self) -> Tensor` */
  erfc(input: Tensor): Tensor;
  /** Alias for `torch.special.erfinv`. `aten::erfinv(Tensor self) -> Tensor` */
  erfinv(input: Tensor): Tensor;
  /** Returns a new tensor with the exponential of the elements of the input tensor `input`. `aten::exp(Tensor self) -> Tensor` */
  exp(input: Tensor): Tensor;
  /** Alias for `torch.special.exp2`. `aten::exp2(Tensor self) -> Tensor` */
  exp2(input: Tensor): Tensor;
  /** Performs the same operation as `torch.Tensor.expand`, but all output tensors are freshly created instead of aliasing the input. `aten::expand_copy(Tensor self, SymInt[] size, *, bool implicit=False) -> Tensor` */
  expandCopy(input: Tensor, size: readonly number[], options?: { implicit?: boolean }): Tensor;
  /** Alias for `torch.special.expm1`. `aten::expm1(Tensor self) -> Tensor` */
  expm1(input: Tensor): Tensor;
  /** Returns a 2-D tensor with ones on the diagonal and zeros elsewhere. `aten::eye(SymInt n, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::eye.m(SymInt n, SymInt m, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  eye(n: number, options?: FactoryOptions): Tensor;
  eye(n: number, m: number, options?: FactoryOptions): Tensor;
  /** Alias for `torch.trunc` `aten::fix(Tensor self) -> Tensor` */
  fix(input: Tensor): Tensor;
  /** Flattens `input` by reshaping it into a one-dimensional tensor. `aten::flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)` */
  flatten(input: Tensor, startDim?: number, endDim?: number): Tensor;
  flatten(input: Tensor, options: { startDim?: number; endDim?: number }): Tensor;
  flatten(input: Tensor, startDim: number, options: { endDim?: number }): Tensor;
  /** Reverse the order of an n-D tensor along given axis in dims. `aten::flip(Tensor self, int[] dims) -> Tensor` */
  flip(input: Tensor, dims: readonly number[]): Tensor;
  /** Flip tensor in the left/right direction, returning a new tensor. `aten::fliplr(Tensor self) -> Tensor` */
  fliplr(input: Tensor): Tensor;
  /** Flip tensor in the up/down direction, returning a new tensor. `aten::flipud(Tensor self) -> Tensor` */
  flipud(input: Tensor): Tensor;
  /** Raises `input` to the power of `exponent`, elementwise, in double precision. `aten::float_power.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor` · `aten::float_power.Scalar(Scalar self, Tensor exponent) -> Tensor` · `aten::float_power.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor` */
  floatPower(input: Tensor | Scalar, exponent: Tensor): Tensor;
  floatPower(input: Tensor, exponent: Scalar): Tensor;
  /** Returns a new tensor with the floor of the elements of `input`, the largest integer less than or equal to each element. `aten::floor(Tensor self) -> Tensor` */
  floor(input: Tensor): Tensor;
  /** `aten::floor_divide(Tensor self, Tensor other) -> Tensor` · `aten::floor_divide.Scalar(Tensor self, Scalar other) -> Tensor` */
  floorDivide(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Computes the element-wise maximum of `input` and `other`. `aten::fmax(Tensor self, Tensor other) -> Tensor` */
  fmax(input: Tensor, other: Tensor): Tensor;
  /** Computes the element-wise minimum of `input` and `other`. `aten::fmin(Tensor self, Tensor other) -> Tensor` */
  fmin(input: Tensor, other: Tensor): Tensor;
  /** Applies C++'s std::fmod entrywise. `aten::fmod.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::fmod.Scalar(Tensor self, Scalar other) -> Tensor` */
  fmod(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Computes the fractional portion of each element in `input`. `aten::frac(Tensor self) -> Tensor` */
  frac(input: Tensor): Tensor;
  /** Decomposes `input` into mantissa and exponent tensors such that input = mantissa \times 2^{exponent}. `aten::frexp.Tensor(Tensor self) -> (Tensor mantissa, Tensor exponent)` */
  frexp(input: Tensor): readonly [mantissa: Tensor, exponent: Tensor];
  /** Returns a tensor with the same size as `input` filled with `fill_value`. `aten::full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` */
  fullLike(input: Tensor, fillValue: Scalar, options?: FactoryOptions & { memoryFormat?: MemoryFormat | null }): Tensor;
  /** Gathers values along an axis specified by `dim`. `aten::gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor` */
  gather(input: Tensor, dim: number, index: Tensor, options?: { sparseGrad?: boolean }): Tensor;
  gather(input: Tensor, options: { dim: number; index: Tensor; sparseGrad?: boolean }): Tensor;
  /** Computes the element-wise greatest common divisor (GCD) of `input` and `other`. `aten::gcd(Tensor self, Tensor other) -> Tensor` */
  gcd(input: Tensor, other: Tensor): Tensor;
  /** Computes input \geq other element-wise. `aten::ge.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::ge.Scalar(Tensor self, Scalar other) -> Tensor` */
  ge(input: Tensor, other: Tensor | Scalar): Tensor;
  /** This is a low-level function for calling LAPACK's geqrf directly. `aten::geqrf(Tensor self) -> (Tensor a, Tensor tau)` */
  geqrf(input: Tensor): readonly [a: Tensor, tau: Tensor];
  /** Alias of `torch.outer`. `aten::ger(Tensor self, Tensor vec2) -> Tensor` */
  ger(input: Tensor, vec2: Tensor): Tensor;
  /** Estimates the gradient of a function g : \mathbb{R}^n \rightarrow \mathbb{R} in one or more dimensions using the second-order accurate central differences method and either first or second order... `aten::gradient.array(Tensor self, *, int[] dim, int edge_order=1) -> Tensor[]` · `aten::gradient.scalararray(Tensor self, *, Scalar spacing, int[] dim, int edge_order=1) -> Tensor[]` · `aten::gradient.scalarint(Tensor self, *, Scalar? spacing=None, int? dim=None, int edge_order=1) -> Tensor[]` · `aten::gradient.scalarrayint(Tensor self, *, Scalar[] spacing, int? dim=None, int edge_order=1) -> Tensor[]` · `aten::gradient.scalarrayarray(Tensor self, *, Scalar[] spacing, int[] dim, int edge_order=1) -> Tensor[]` · `aten::gradient.tensorarrayint(Tensor self, *, Tensor[] spacing, int? dim=None, int edge_order=1) -> Tensor[]` · `aten::gradient.tensorarray(Tensor self, *, Tensor[] spacing, int[] dim, int edge_order=1) -> Tensor[]` */
  gradient(input: Tensor, options: { dim: readonly number[]; edgeOrder?: number }): Tensor[];
  gradient(input: Tensor, options: { spacing: Scalar; dim: readonly number[]; edgeOrder?: number }): Tensor[];
  gradient(input: Tensor, options?: { spacing?: Scalar | null; dim?: number | null; edgeOrder?: number }): Tensor[];
  gradient(input: Tensor, options: { spacing: readonly Scalar[]; dim?: number | null; edgeOrder?: number }): Tensor[];
  gradient(input: Tensor, options: { spacing: readonly Scalar[]; dim: readonly number[]; edgeOrder?: number }): Tensor[];
  gradient(input: Tensor, options: { spacing: readonly Tensor[]; dim?: number | null; edgeOrder?: number }): Tensor[];
  gradient(input: Tensor, options: { spacing: readonly Tensor[]; dim: readonly number[]; edgeOrder?: number }): Tensor[];
  /** Alias for `torch.gt`. `aten::greater.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::greater.Scalar(Tensor self, Scalar other) -> Tensor` */
  greater(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Alias for `torch.ge`. `aten::greater_equal.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::greater_equal.Scalar(Tensor self, Scalar other) -> Tensor` */
  greaterEqual(input: Tensor, other: Tensor | Scalar): Tensor;
  /** `aten::group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enabled=True) -> Tensor` */
  groupNorm(input: Tensor, numGroups: number, weight?: Tensor | null, bias?: Tensor | null, eps?: number, cudnnEnabled?: boolean): Tensor;
  groupNorm(input: Tensor, numGroups: number, options: { weight?: Tensor | null; bias?: Tensor | null; eps?: number; cudnnEnabled?: boolean }): Tensor;
  groupNorm(input: Tensor, numGroups: number, weight: Tensor | null, options: { bias?: Tensor | null; eps?: number; cudnnEnabled?: boolean }): Tensor;
  groupNorm(input: Tensor, numGroups: number, weight: Tensor | null, bias: Tensor | null, options: { eps?: number; cudnnEnabled?: boolean }): Tensor;
  groupNorm(input: Tensor, numGroups: number, weight: Tensor | null, bias: Tensor | null, eps: number, options: { cudnnEnabled?: boolean }): Tensor;
  /** Computes input > other element-wise. `aten::gt.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::gt.Scalar(Tensor self, Scalar other) -> Tensor` */
  gt(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Hamming window function. `aten::hamming_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::hamming_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::hamming_window.periodic_alpha(int window_length, bool periodic, float alpha, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::hamming_window.periodic_alpha_beta(int window_length, bool periodic, float alpha, float beta, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  hammingWindow(windowLength: number, options?: FactoryOptions): Tensor;
  hammingWindow(windowLength: number, periodic: boolean, options?: FactoryOptions): Tensor;
  hammingWindow(windowLength: number, periodic: boolean, options: FactoryOptions & { alpha: number }): Tensor;
  hammingWindow(windowLength: number, periodic: boolean, beta: number, options: FactoryOptions & { alpha: number }): Tensor;
  /** Hann window function. `aten::hann_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::hann_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  hannWindow(windowLength: number, options?: FactoryOptions): Tensor;
  hannWindow(windowLength: number, periodic: boolean, options?: FactoryOptions): Tensor;
  /** Applies the hard shrinkage function element-wise `aten::hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor` */
  hardshrink(input: Tensor, lambd?: Scalar): Tensor;
  hardshrink(input: Tensor, options: { lambd?: Scalar }): Tensor;
  /** Computes the Heaviside step function for each element in `input`. `aten::heaviside(Tensor self, Tensor values) -> Tensor` */
  heaviside(input: Tensor, values: Tensor): Tensor;
  /** Computes the histogram of a tensor. `aten::histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor` */
  histc(input: Tensor, bins?: number, min?: Scalar, max?: Scalar): Tensor;
  histc(input: Tensor, options: { bins?: number; min?: Scalar; max?: Scalar }): Tensor;
  histc(input: Tensor, bins: number, options: { min?: Scalar; max?: Scalar }): Tensor;
  histc(input: Tensor, bins: number, min: Scalar, options: { max?: Scalar }): Tensor;
  /** Computes a histogram of the values in a tensor. `aten::histogram.bins_tensor(Tensor self, Tensor bins, *, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)` · `aten::histogram.bin_ct(Tensor self, int bins=100, *, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)` */
  histogram(input: Tensor, bins: Tensor, options?: { weight?: Tensor | null; density?: boolean }): readonly [hist: Tensor, binEdges: Tensor];
  histogram(input: Tensor, bins?: number, options?: { range?: readonly number[] | null; weight?: Tensor | null; density?: boolean }): readonly [hist: Tensor, binEdges: Tensor];
  histogram(input: Tensor, options: { bins?: number; range?: readonly number[] | null; weight?: Tensor | null; density?: boolean }): readonly [hist: Tensor, binEdges: Tensor];
  /** Computes a multi-dimensional histogram of the values in a tensor. `aten::histogramdd.int_bins(Tensor self, int bins, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor[] bin_edges)` · `aten::histogramdd(Tensor self, int[] bins, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor[] bin_edges)` · `aten::histogramdd.TensorList_bins(Tensor self, Tensor[] bins, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor[] bin_edges)` */
  histogramdd(input: Tensor, bins: number | readonly number[] | readonly Tensor[], range?: readonly number[] | null, weight?: Tensor | null, density?: boolean): readonly [hist: Tensor, binEdges: Tensor[]];
  histogramdd(input: Tensor, bins: number | readonly number[] | readonly Tensor[], options: { range?: readonly number[] | null; weight?: Tensor | null; density?: boolean }): readonly [hist: Tensor, binEdges: Tensor[]];
  histogramdd(input: Tensor, bins: number | readonly number[] | readonly Tensor[], range: readonly number[] | null, options: { weight?: Tensor | null; density?: boolean }): readonly [hist: Tensor, binEdges: Tensor[]];
  histogramdd(input: Tensor, bins: number | readonly number[] | readonly Tensor[], range: readonly number[] | null, weight: Tensor | null, options: { density?: boolean }): readonly [hist: Tensor, binEdges: Tensor[]];
  /** Splits `input`, a tensor with one or more dimensions, into multiple tensors horizontally according to `indices_or_sections`. `aten::hsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]` · `aten::hsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]` */
  hsplit(input: Tensor, sections: number): Tensor[];
  hsplit(input: Tensor, indices: readonly number[]): Tensor[];
  /** Stack tensors in sequence horizontally (column wise). `aten::hstack(Tensor[] tensors) -> Tensor` */
  hstack(tensors: readonly Tensor[]): Tensor;
  /** Given the legs of a right triangle, return its hypotenuse. `aten::hypot(Tensor self, Tensor other) -> Tensor` */
  hypot(input: Tensor, other: Tensor): Tensor;
  /** Alias for `torch.special.i0`. `aten::i0(Tensor self) -> Tensor` */
  i0(input: Tensor): Tensor;
  /** Alias for `torch.special.gammainc`. `aten::igamma(Tensor self, Tensor other) -> Tensor` */
  igamma(input: Tensor, other: Tensor): Tensor;
  /** Alias for `torch.special.gammaincc`. `aten::igammac(Tensor self, Tensor other) -> Tensor` */
  igammac(input: Tensor, other: Tensor): Tensor;
  /** Returns a new tensor containing imaginary values of the `self` tensor. `aten::imag(Tensor(a) self) -> Tensor(a)` */
  imag(input: Tensor): Tensor;
  /** See `Tensor.index_add_` for function description. `aten::index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor` */
  indexAdd(input: Tensor, dim: number, index: Tensor, source: Tensor, options?: { alpha?: Scalar }): Tensor;
  indexAdd(input: Tensor, options: { dim: number; index: Tensor; source: Tensor; alpha?: Scalar }): Tensor;
  /** See `Tensor.index_copy_` for function description. `aten::index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor` */
  indexCopy(input: Tensor, dim: number, index: Tensor, source: Tensor): Tensor;
  indexCopy(input: Tensor, options: { dim: number; index: Tensor; source: Tensor }): Tensor;
  /** `aten::index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor` · `aten::index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor` */
  indexFill(input: Tensor, dim: number, index: Tensor, value: Tensor | Scalar): Tensor;
  indexFill(input: Tensor, options: { dim: number; index: Tensor; value: Tensor | Scalar }): Tensor;
  /** `aten::index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor` */
  indexPut(input: Tensor, indices: readonly (Tensor | null)[], values: Tensor, accumulate?: boolean): Tensor;
  indexPut(input: Tensor, indices: readonly (Tensor | null)[], values: Tensor, options: { accumulate?: boolean }): Tensor;
  /** `aten::index_put_(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor(a!)` */
  indexPut_(input: Tensor, indices: readonly (Tensor | null)[], values: Tensor, accumulate?: boolean): Tensor;
  indexPut_(input: Tensor, indices: readonly (Tensor | null)[], values: Tensor, options: { accumulate?: boolean }): Tensor;
  /** See `Tensor.index_reduce_` for function description. `aten::index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor` */
  indexReduce(input: Tensor, dim: number, index: Tensor, source: Tensor, reduce: string, options?: { includeSelf?: boolean }): Tensor;
  indexReduce(input: Tensor, options: { dim: number; index: Tensor; source: Tensor; reduce: string; includeSelf?: boolean }): Tensor;
  /** Returns a new tensor which indexes the `input` tensor along dimension `dim` using the entries in `index`. `aten::index_select(Tensor self, int dim, Tensor index) -> Tensor` */
  indexSelect(input: Tensor, dim: number, index: Tensor): Tensor;
  indexSelect(input: Tensor, options: { dim: number; index: Tensor }): Tensor;
  /** Computes the dot product for 1D tensors. `aten::inner(Tensor self, Tensor other) -> Tensor` */
  inner(input: Tensor, other: Tensor): Tensor;
  /** `aten::instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats, float momentum, float eps, bool cudnn_enabled) -> Tensor` */
  instanceNorm(input: Tensor, weight: Tensor | null, bias: Tensor | null, runningMean: Tensor | null, runningVar: Tensor | null, useInputStats: boolean, momentum: number, eps: number, cudnnEnabled: boolean): Tensor;
  /** Alias for `torch.linalg.inv` `aten::inverse(Tensor self) -> Tensor` */
  inverse(input: Tensor): Tensor;
  /** Returns True if the data type of `input` is a complex data type i.e., one of `torch.complex64`, and `torch.complex128`. `aten::is_complex(Tensor self) -> bool` */
  isComplex(input: Tensor): boolean;
  /** Returns True if the `input` is a conjugated tensor, i.e. `aten::is_conj(Tensor self) -> bool` */
  isConj(input: Tensor): boolean;
  /** Returns True if the data type of `input` is a floating point data type i.e., one of `torch.float64`, `torch.float32`, `torch.float16`, and `torch.bfloat16`. `aten::is_floating_point(Tensor self) -> bool` */
  isFloatingPoint(input: Tensor): boolean;
  /** Returns True if the `input` is a single element tensor which is not equal to zero after type conversions. `aten::is_nonzero(Tensor self) -> bool` */
  isNonzero(input: Tensor): boolean;
  /** `aten::is_same_size(Tensor self, Tensor other) -> bool` */
  isSameSize(input: Tensor, other: Tensor): boolean;
  /** `aten::is_signed(Tensor self) -> bool` */
  isSigned(input: Tensor): boolean;
  /** Returns a new tensor with boolean elements representing if each element of `input` is "close" to the corresponding element of `other`. `aten::isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> Tensor` */
  isclose(input: Tensor, other: Tensor, rtol?: number, atol?: number, equalNan?: boolean): Tensor;
  isclose(input: Tensor, other: Tensor, options: { rtol?: number; atol?: number; equalNan?: boolean }): Tensor;
  isclose(input: Tensor, other: Tensor, rtol: number, options: { atol?: number; equalNan?: boolean }): Tensor;
  isclose(input: Tensor, other: Tensor, rtol: number, atol: number, options: { equalNan?: boolean }): Tensor;
  /** Returns a new tensor with boolean elements representing if each element is `finite` or not. `aten::isfinite(Tensor self) -> Tensor` */
  isfinite(input: Tensor): Tensor;
  /** Tests if each element of `elements` is in `test_elements`. `aten::isin.Tensor_Tensor(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor` · `aten::isin.Scalar_Tensor(Scalar element, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor` · `aten::isin.Tensor_Scalar(Tensor elements, Scalar test_element, *, bool assume_unique=False, bool invert=False) -> Tensor` */
  isin(elements: Tensor, testElements: Tensor, options?: { assumeUnique?: boolean; invert?: boolean }): Tensor;
  isin(element: Scalar, testElements: Tensor, options?: { assumeUnique?: boolean; invert?: boolean }): Tensor;
  isin(elements: Tensor, testElement: Scalar, options?: { assumeUnique?: boolean; invert?: boolean }): Tensor;
  /** Tests if each element of `input` is infinite (positive or negative infinity) or not. `aten::isinf(Tensor self) -> Tensor` */
  isinf(input: Tensor): Tensor;
  /** Returns a new tensor with boolean elements representing if each element of `input` is NaN or not. `aten::isnan(Tensor self) -> Tensor` */
  isnan(input: Tensor): Tensor;
  /** Tests if each element of `input` is negative infinity or not. `aten::isneginf(Tensor self) -> Tensor` */
  isneginf(input: Tensor): Tensor;
  /** Tests if each element of `input` is positive infinity or not. `aten::isposinf(Tensor self) -> Tensor` */
  isposinf(input: Tensor): Tensor;
  /** Returns a new tensor with boolean elements representing if each element of `input` is real-valued or not. `aten::isreal(Tensor self) -> Tensor` */
  isreal(input: Tensor): Tensor;
  /** Inverse short time Fourier Transform. `aten::istft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, bool normalized=False, bool? onesided=None, int? length=None, bool return_complex=False) -> Tensor` */
  istft(input: Tensor, nFft: number, hopLength?: number | null, winLength?: number | null, window?: Tensor | null, center?: boolean, normalized?: boolean, onesided?: boolean | null, length?: number | null, returnComplex?: boolean): Tensor;
  istft(input: Tensor, nFft: number, options: { hopLength?: number | null; winLength?: number | null; window?: Tensor | null; center?: boolean; normalized?: boolean; onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(input: Tensor, nFft: number, hopLength: number | null, options: { winLength?: number | null; window?: Tensor | null; center?: boolean; normalized?: boolean; onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, options: { window?: Tensor | null; center?: boolean; normalized?: boolean; onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, options: { center?: boolean; normalized?: boolean; onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, options: { normalized?: boolean; onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, normalized: boolean, options: { onesided?: boolean | null; length?: number | null; returnComplex?: boolean }): Tensor;
  istft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, normalized: boolean, onesided: boolean | null, options: { length?: number | null; returnComplex?: boolean }): Tensor;
  istft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, normalized: boolean, onesided: boolean | null, length: number | null, options: { returnComplex?: boolean }): Tensor;
  /** Computes the Kaiser window with window length `window_length` and shape parameter `beta`. `aten::kaiser_window(int window_length, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::kaiser_window.periodic(int window_length, bool periodic, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::kaiser_window.beta(int window_length, bool periodic, float beta, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  kaiserWindow(windowLength: number, options?: FactoryOptions): Tensor;
  kaiserWindow(windowLength: number, periodic: boolean, options?: FactoryOptions): Tensor;
  kaiserWindow(windowLength: number, periodic: boolean, beta: number, options?: FactoryOptions): Tensor;
  /** Computes the Kronecker product, denoted by \otimes, of `input` and `other`. `aten::kron(Tensor self, Tensor other) -> Tensor` */
  kron(input: Tensor, other: Tensor): Tensor;
  /** Returns a namedtuple `(values, indices)` where `values` is the `k` th smallest element of each row of the `input` tensor in the given dimension `dim`. `aten::kthvalue(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  kthvalue(input: Tensor, k: number, dim?: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  kthvalue(input: Tensor, k: number, options: { dim?: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  kthvalue(input: Tensor, k: number, dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** `aten::layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enable=True) -> Tensor` */
  layerNorm(input: Tensor, normalizedShape: readonly number[], weight?: Tensor | null, bias?: Tensor | null, eps?: number, cudnnEnable?: boolean): Tensor;
  layerNorm(input: Tensor, normalizedShape: readonly number[], options: { weight?: Tensor | null; bias?: Tensor | null; eps?: number; cudnnEnable?: boolean }): Tensor;
  layerNorm(input: Tensor, normalizedShape: readonly number[], weight: Tensor | null, options: { bias?: Tensor | null; eps?: number; cudnnEnable?: boolean }): Tensor;
  layerNorm(input: Tensor, normalizedShape: readonly number[], weight: Tensor | null, bias: Tensor | null, options: { eps?: number; cudnnEnable?: boolean }): Tensor;
  layerNorm(input: Tensor, normalizedShape: readonly number[], weight: Tensor | null, bias: Tensor | null, eps: number, options: { cudnnEnable?: boolean }): Tensor;
  /** Computes the element-wise least common multiple (LCM) of `input` and `other`. `aten::lcm(Tensor self, Tensor other) -> Tensor` */
  lcm(input: Tensor, other: Tensor): Tensor;
  /** Multiplies `input` by 2 ** `other`. `aten::ldexp.Tensor(Tensor self, Tensor other) -> Tensor` */
  ldexp(input: Tensor, other: Tensor): Tensor;
  /** Computes input \leq other element-wise. `aten::le.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::le.Scalar(Tensor self, Scalar other) -> Tensor` */
  le(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Does a linear interpolation of two tensors `start` (given by `input`) and `end` based on a scalar or tensor `weight` and returns the resulting `out` tensor. `aten::lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor` · `aten::lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor` */
  lerp(input: Tensor, end: Tensor, weight: Tensor | Scalar): Tensor;
  /** Alias for `torch.lt`. `aten::less.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::less.Scalar(Tensor self, Scalar other) -> Tensor` */
  less(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Alias for `torch.le`. `aten::less_equal.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::less_equal.Scalar(Tensor self, Scalar other) -> Tensor` */
  lessEqual(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Computes the natural logarithm of the absolute value of the gamma function on `input`. `aten::lgamma(Tensor self) -> Tensor` */
  lgamma(input: Tensor): Tensor;
  /** Creates a one-dimensional tensor of size `steps` whose values are evenly spaced from `start` to `end`, inclusive. `aten::linspace.Tensor_Tensor(Tensor start, Tensor end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::linspace.Scalar_Tensor(Scalar start, Tensor end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::linspace.Tensor_Scalar(Tensor start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::linspace(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  linspace(start: Tensor | Scalar, end: Tensor, steps: number, options?: FactoryOptions): Tensor;
  linspace(start: Tensor | Scalar, end: Scalar, steps: number, options?: FactoryOptions): Tensor;
  /** Returns a new tensor with the natural logarithm of the elements of `input`. `aten::log(Tensor self) -> Tensor` */
  log(input: Tensor): Tensor;
  /** Returns a new tensor with the logarithm to the base 10 of the elements of `input`. `aten::log10(Tensor self) -> Tensor` */
  log10(input: Tensor): Tensor;
  /** Returns a new tensor with the natural logarithm of (1 + `input`). `aten::log1p(Tensor self) -> Tensor` */
  log1p(input: Tensor): Tensor;
  /** Returns a new tensor with the logarithm to the base 2 of the elements of `input`. `aten::log2(Tensor self) -> Tensor` */
  log2(input: Tensor): Tensor;
  /** `aten::log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor` */
  logSoftmax(input: Tensor, dim: number, dtype?: DType | null): Tensor;
  logSoftmax(input: Tensor, options: { dim: number; dtype?: DType | null }): Tensor;
  logSoftmax(input: Tensor, dim: number, options: { dtype?: DType | null }): Tensor;
  /** Logarithm of the sum of exponentiations of the inputs. `aten::logaddexp(Tensor self, Tensor other) -> Tensor` */
  logaddexp(input: Tensor, other: Tensor): Tensor;
  /** Logarithm of the sum of exponentiations of the inputs in base-2. `aten::logaddexp2(Tensor self, Tensor other) -> Tensor` */
  logaddexp2(input: Tensor, other: Tensor): Tensor;
  /** Returns the logarithm of the cumulative summation of the exponentiation of elements of `input` in the dimension `dim`. `aten::logcumsumexp(Tensor self, int dim) -> Tensor` */
  logcumsumexp(input: Tensor, dim: number): Tensor;
  logcumsumexp(input: Tensor, options: { dim: number }): Tensor;
  /** Calculates log determinant of a square matrix or batches of square matrices. `aten::logdet(Tensor self) -> Tensor` */
  logdet(input: Tensor): Tensor;
  /** Computes the element-wise logical AND of the given input tensors. `aten::logical_and(Tensor self, Tensor other) -> Tensor` */
  logicalAnd(input: Tensor, other: Tensor): Tensor;
  /** Computes the element-wise logical NOT of the given input tensor. `aten::logical_not(Tensor self) -> Tensor` */
  logicalNot(input: Tensor): Tensor;
  /** Computes the element-wise logical OR of the given input tensors. `aten::logical_or(Tensor self, Tensor other) -> Tensor` */
  logicalOr(input: Tensor, other: Tensor): Tensor;
  /** Computes the element-wise logical XOR of the given input tensors. `aten::logical_xor(Tensor self, Tensor other) -> Tensor` */
  logicalXor(input: Tensor, other: Tensor): Tensor;
  /** Alias for `torch.special.logit`. `aten::logit(Tensor self, float? eps=None) -> Tensor` */
  logit(input: Tensor, eps?: number | null): Tensor;
  logit(input: Tensor, options: { eps?: number | null }): Tensor;
  /** Creates a one-dimensional tensor of size `steps` whose values are evenly spaced from {{{base}}}^{{{start}}} to {{{base}}}^{{{end}}}, inclusive, on a logarithmic scale with base `base`. `aten::logspace.Tensor_Tensor(Tensor start, Tensor end, int steps, float base=10.0, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::logspace.Scalar_Tensor(Scalar start, Tensor end, int steps, float base=10.0, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::logspace.Tensor_Scalar(Tensor start, Scalar end, int steps, float base=10.0, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::logspace(Scalar start, Scalar end, int steps, float base=10.0, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  logspace(start: Tensor | Scalar, end: Tensor, steps: number, base?: number, options?: FactoryOptions): Tensor;
  logspace(start: Tensor | Scalar, end: Tensor, steps: number, options: FactoryOptions & { base?: number }): Tensor;
  logspace(start: Tensor | Scalar, end: Scalar, steps: number, base?: number, options?: FactoryOptions): Tensor;
  logspace(start: Tensor | Scalar, end: Scalar, steps: number, options: FactoryOptions & { base?: number }): Tensor;
  /** Returns the log of summed exponentials of each row of the `input` tensor in the given dimension `dim`. `aten::logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor` */
  logsumexp(input: Tensor, dim: number | readonly number[], keepdim?: boolean): Tensor;
  logsumexp(input: Tensor, options: { dim: number | readonly number[]; keepdim?: boolean }): Tensor;
  logsumexp(input: Tensor, dim: number | readonly number[], options: { keepdim?: boolean }): Tensor;
  /** Computes input < other element-wise. `aten::lt.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::lt.Scalar(Tensor self, Scalar other) -> Tensor` */
  lt(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Returns the LU solve of the linear system Ax = b using the partially pivoted LU factorization of A from `linalg.lu_factor`. `aten::lu_solve(Tensor self, Tensor LU_data, Tensor LU_pivots) -> Tensor` */
  luSolve(input: Tensor, LUData: Tensor, LUPivots: Tensor): Tensor;
  /** Unpacks the LU decomposition returned by `linalg.lu_factor` into the `P, L, U` matrices. `aten::lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True) -> (Tensor P, Tensor L, Tensor U)` */
  luUnpack(LUData: Tensor, LUPivots: Tensor, unpackData?: boolean, unpackPivots?: boolean): readonly [P: Tensor, L: Tensor, U: Tensor];
  luUnpack(LUData: Tensor, LUPivots: Tensor, options: { unpackData?: boolean; unpackPivots?: boolean }): readonly [P: Tensor, L: Tensor, U: Tensor];
  luUnpack(LUData: Tensor, LUPivots: Tensor, unpackData: boolean, options: { unpackPivots?: boolean }): readonly [P: Tensor, L: Tensor, U: Tensor];
  /** `aten::masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor` · `aten::masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor` */
  maskedFill(input: Tensor, mask: Tensor, value: Tensor | Scalar): Tensor;
  /** `aten::masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor` */
  maskedScatter(input: Tensor, mask: Tensor, source: Tensor): Tensor;
  /** Returns a new 1-D tensor which indexes the `input` tensor according to the boolean mask `mask` which is a `BoolTensor`. `aten::masked_select(Tensor self, Tensor mask) -> Tensor` */
  maskedSelect(input: Tensor, mask: Tensor): Tensor;
  /** Matrix product of two tensors. `aten::matmul(Tensor self, Tensor other) -> Tensor` */
  matmul(input: Tensor, other: Tensor): Tensor;
  /** Alias for `torch.linalg.matrix_exp`. `aten::matrix_exp(Tensor self) -> Tensor` */
  matrixExp(input: Tensor): Tensor;
  /** Alias for `torch.linalg.matrix_power` `aten::matrix_power(Tensor self, int n) -> Tensor` */
  matrixPower(input: Tensor, n: number): Tensor;
  /** Returns the maximum value of all elements in the `input` tensor. `aten::max(Tensor self) -> Tensor` · `aten::max.other(Tensor self, Tensor other) -> Tensor` · `aten::max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  max(input: Tensor): Tensor;
  max(input: Tensor, other: Tensor): Tensor;
  max(input: Tensor, dim: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  max(input: Tensor, options: { dim: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  max(input: Tensor, dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** `aten::max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, int[1] dilation=1, bool ceil_mode=False) -> Tensor` */
  maxPool1d(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], dilation?: number | readonly number[], ceilMode?: boolean): Tensor;
  maxPool1d(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], dilation: number | readonly number[], options: { ceilMode?: boolean }): Tensor;
  /** `aten::max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor` */
  maxPool2d(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], dilation?: number | readonly number[], ceilMode?: boolean): Tensor;
  maxPool2d(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool2d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool2d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool2d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], dilation: number | readonly number[], options: { ceilMode?: boolean }): Tensor;
  /** `aten::max_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> Tensor` */
  maxPool3d(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], dilation?: number | readonly number[], ceilMode?: boolean): Tensor;
  maxPool3d(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool3d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool3d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool3d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], dilation: number | readonly number[], options: { ceilMode?: boolean }): Tensor;
  /** Computes the element-wise maximum of `input` and `other`. `aten::maximum(Tensor self, Tensor other) -> Tensor` */
  maximum(input: Tensor, other: Tensor): Tensor;
  /** `aten::mean(Tensor self, *, ScalarType? dtype=None) -> Tensor` · `aten::mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  mean(input: Tensor, options?: { dtype?: DType | null }): Tensor;
  mean(input: Tensor, dim: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  mean(input: Tensor, options: { dim: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  mean(input: Tensor, dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Returns the median of the values in `input`. `aten::median(Tensor self) -> Tensor` · `aten::median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  median(input: Tensor): Tensor;
  median(input: Tensor, dim: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  median(input: Tensor, options: { dim: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  median(input: Tensor, dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Creates grids of coordinates specified by the 1D inputs in `attr`:tensors. `aten::meshgrid(Tensor[] tensors) -> Tensor[]` · `aten::meshgrid.indexing(Tensor[] tensors, *, str indexing) -> Tensor[]` */
  meshgrid(tensors: readonly Tensor[]): Tensor[];
  meshgrid(tensors: readonly Tensor[], options: { indexing: 'ij' | 'xy' }): Tensor[];
  /** Returns the minimum value of all elements in the `input` tensor. `aten::min(Tensor self) -> Tensor` · `aten::min.other(Tensor self, Tensor other) -> Tensor` · `aten::min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  min(input: Tensor): Tensor;
  min(input: Tensor, other: Tensor): Tensor;
  min(input: Tensor, dim: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  min(input: Tensor, options: { dim: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  min(input: Tensor, dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Computes the element-wise minimum of `input` and `other`. `aten::minimum(Tensor self, Tensor other) -> Tensor` */
  minimum(input: Tensor, other: Tensor): Tensor;
  /** Performs a matrix multiplication of the matrices `input` and `mat2`. `aten::mm(Tensor self, Tensor mat2) -> Tensor` · `aten::mm.dtype(Tensor self, Tensor mat2, ScalarType out_dtype) -> Tensor` */
  mm(input: Tensor, mat2: Tensor): Tensor;
  mm(input: Tensor, mat2: Tensor, outDtype: DType): Tensor;
  /** Returns a namedtuple `(values, indices)` where `values` is the mode value of each row of the `input` tensor in the given dimension `dim`, i.e. `aten::mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  mode(input: Tensor, dim?: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  mode(input: Tensor, options: { dim?: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  mode(input: Tensor, dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Alias for `torch.movedim`. `aten::moveaxis.int(Tensor(a) self, int source, int destination) -> Tensor(a)` · `aten::moveaxis.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)` */
  moveaxis(input: Tensor, source: number, destination: number): Tensor;
  moveaxis(input: Tensor, source: readonly number[], destination: readonly number[]): Tensor;
  /** Moves the dimension(s) of `input` at the position(s) in `source` to the position(s) in `destination`. `aten::movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)` · `aten::movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)` */
  movedim(input: Tensor, source: number, destination: number): Tensor;
  movedim(input: Tensor, source: readonly number[], destination: readonly number[]): Tensor;
  /** Sorts the elements of the `input` tensor along its first dimension in ascending order by value. `aten::msort(Tensor self) -> Tensor` */
  msort(input: Tensor): Tensor;
  /** Multiplies `input` by `other`. `aten::mul.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::mul.Scalar(Tensor self, Scalar other) -> Tensor` */
  mul(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Returns a tensor where each row contains `num_samples` indices sampled from the multinomial (a stricter definition would be multivariate, refer to `torch.distributions.multinomial.Multinomial` for... `aten::multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor` */
  multinomial(input: Tensor, numSamples: number, replacement?: boolean, options?: { generator?: Generator | null }): Tensor;
  multinomial(input: Tensor, numSamples: number, options: { replacement?: boolean; generator?: Generator | null }): Tensor;
  /** Alias for `torch.mul`. `aten::multiply.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::multiply.Scalar(Tensor self, Scalar other) -> Tensor` */
  multiply(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Performs a matrix-vector product of the matrix `input` and the vector `vec`. `aten::mv(Tensor self, Tensor vec) -> Tensor` */
  mv(input: Tensor, vec: Tensor): Tensor;
  /** Alias for `torch.special.multigammaln`. `aten::mvlgamma(Tensor self, int p) -> Tensor` */
  mvlgamma(input: Tensor, p: number): Tensor;
  /** Replaces `NaN`, positive infinity, and negative infinity values in `input` with the values specified by `nan`, `posinf`, and `neginf`, respectively. `aten::nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor` */
  nanToNum(input: Tensor, nan?: number | null, posinf?: number | null, neginf?: number | null): Tensor;
  nanToNum(input: Tensor, options: { nan?: number | null; posinf?: number | null; neginf?: number | null }): Tensor;
  nanToNum(input: Tensor, nan: number | null, options: { posinf?: number | null; neginf?: number | null }): Tensor;
  nanToNum(input: Tensor, nan: number | null, posinf: number | null, options: { neginf?: number | null }): Tensor;
  /** Computes the mean of all `non-NaN` elements along the specified dimensions. `aten::nanmean(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  nanmean(input: Tensor, dim?: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  nanmean(input: Tensor, options: { dim?: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  nanmean(input: Tensor, dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Returns the median of the values in `input`, ignoring `NaN` values. `aten::nanmedian(Tensor self) -> Tensor` · `aten::nanmedian.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)` */
  nanmedian(input: Tensor): Tensor;
  nanmedian(input: Tensor, dim: number, keepdim?: boolean): readonly [values: Tensor, indices: Tensor];
  nanmedian(input: Tensor, options: { dim: number; keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  nanmedian(input: Tensor, dim: number, options: { keepdim?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** This is a variant of `torch.quantile` that "ignores" `NaN` values, computing the quantiles `q` as if `NaN` values in `input` did not exist. `aten::nanquantile(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor` · `aten::nanquantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor` */
  nanquantile(input: Tensor, q: Tensor | number, dim?: number | null, keepdim?: boolean, options?: { interpolation?: string }): Tensor;
  nanquantile(input: Tensor, q: Tensor | number, options: { dim?: number | null; keepdim?: boolean; interpolation?: string }): Tensor;
  nanquantile(input: Tensor, q: Tensor | number, dim: number | null, options: { keepdim?: boolean; interpolation?: string }): Tensor;
  /** Returns the sum of all elements, treating Not a Numbers (NaNs) as zero. `aten::nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  nansum(input: Tensor, dim?: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  nansum(input: Tensor, options: { dim?: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  nansum(input: Tensor, dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Returns a new tensor that is a narrowed version of `input` tensor. `aten::narrow.Tensor(Tensor(a) self, int dim, Tensor start, SymInt length) -> Tensor(a)` · `aten::narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)` */
  narrow(input: Tensor, dim: number, start: Tensor | number, length: number): Tensor;
  narrow(input: Tensor, options: { dim: number; start: Tensor | number; length: number }): Tensor;
  /** Same as `Tensor.narrow` except this returns a copy rather than shared storage. `aten::narrow_copy(Tensor self, int dim, SymInt start, SymInt length) -> Tensor` */
  narrowCopy(input: Tensor, dim: number, start: number, length: number): Tensor;
  narrowCopy(input: Tensor, options: { dim: number; start: number; length: number }): Tensor;
  /** Computes input \neq other element-wise. `aten::ne.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::ne.Scalar(Tensor self, Scalar other) -> Tensor` */
  ne(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Returns a new tensor with the negative of the elements of `input`. `aten::neg(Tensor self) -> Tensor` */
  neg(input: Tensor): Tensor;
  /** Alias for `torch.neg` `aten::negative(Tensor self) -> Tensor` */
  negative(input: Tensor): Tensor;
  /** Return the next floating-point value after `input` towards `other`, elementwise. `aten::nextafter(Tensor self, Tensor other) -> Tensor` */
  nextafter(input: Tensor, other: Tensor): Tensor;
  /** `aten::nonzero(Tensor self) -> Tensor` */
  nonzero(input: Tensor): Tensor;
  /** Returns a 2-D tensor where each row is the index for a non-zero value. `aten::nonzero_static(Tensor self, *, SymInt size, int fill_value=-1) -> Tensor` */
  nonzeroStatic(input: Tensor, options: { size: number; fillValue?: number }): Tensor;
  /** Returns the matrix norm or vector norm of a given tensor. `aten::norm.Scalar(Tensor self, Scalar p=2) -> Tensor` · `aten::norm.ScalarOpt_dtype(Tensor self, Scalar? p, *, ScalarType dtype) -> Tensor` · `aten::norm.ScalarOpt_dim_dtype(Tensor self, Scalar? p, int[1] dim, bool keepdim, *, ScalarType dtype) -> Tensor` · `aten::norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor` */
  norm(input: Tensor, p?: Scalar): Tensor;
  norm(input: Tensor, options: { p?: Scalar }): Tensor;
  norm(input: Tensor, options: { p?: Scalar | null; dtype: DType }): Tensor;
  norm(input: Tensor, p: Scalar | null, dim: number | readonly number[], keepdim: boolean, options: { dtype: DType }): Tensor;
  norm(input: Tensor, options: { p?: Scalar | null; dim: number | readonly number[]; keepdim: boolean; dtype: DType }): Tensor;
  norm(input: Tensor, p: Scalar | null, dim: number | readonly number[], keepdim?: boolean): Tensor;
  norm(input: Tensor, options: { p?: Scalar | null; dim: number | readonly number[]; keepdim?: boolean }): Tensor;
  norm(input: Tensor, p: Scalar | null, dim: number | readonly number[], options: { keepdim?: boolean }): Tensor;
  /** Returns a tensor of random numbers drawn from separate normal distributions whose mean and standard deviation are given. `aten::normal.Tensor_Tensor(Tensor mean, Tensor std, *, Generator? generator=None) -> Tensor` · `aten::normal.Tensor_float(Tensor mean, float std=1, *, Generator? generator=None) -> Tensor` · `aten::normal.float_Tensor(float mean, Tensor std, *, Generator? generator=None) -> Tensor` · `aten::normal.float_float(float mean, float std, SymInt[] size, *, Generator? generator=None, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  normal(mean: Tensor | number, std: Tensor, options?: { generator?: Generator | null }): Tensor;
  normal(mean: Tensor, std?: number, options?: { generator?: Generator | null }): Tensor;
  normal(mean: Tensor, options: { std?: number; generator?: Generator | null }): Tensor;
  normal(mean: number, std: number, size: readonly number[], options?: FactoryOptions & { generator?: Generator | null }): Tensor;
  /** Alias for `torch.ne`. `aten::not_equal.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::not_equal.Scalar(Tensor self, Scalar other) -> Tensor` */
  notEqual(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Returns a tensor filled with the scalar value `1`, with the shape defined by the variable argument `size`. `aten::ones(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  ones(size: readonly number[], options?: FactoryOptions): Tensor;
  ones(...size: number[]): Tensor;
  /** Returns a tensor filled with the scalar value `1`, with the same size as `input`. `aten::ones_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` */
  onesLike(input: Tensor, options?: FactoryOptions & { memoryFormat?: MemoryFormat | null }): Tensor;
  /** Alias for `torch.linalg.householder_product`. `aten::orgqr(Tensor self, Tensor input2) -> Tensor` */
  orgqr(input: Tensor, input2: Tensor): Tensor;
  /** Computes the matrix-matrix multiplication of a product of Householder matrices with a general matrix. `aten::ormqr(Tensor self, Tensor input2, Tensor input3, bool left=True, bool transpose=False) -> Tensor` */
  ormqr(input: Tensor, input2: Tensor, input3: Tensor, left?: boolean, transpose?: boolean): Tensor;
  ormqr(input: Tensor, input2: Tensor, input3: Tensor, options: { left?: boolean; transpose?: boolean }): Tensor;
  ormqr(input: Tensor, input2: Tensor, input3: Tensor, left: boolean, options: { transpose?: boolean }): Tensor;
  /** Outer product of `input` and `vec2`. `aten::outer(Tensor self, Tensor vec2) -> Tensor` */
  outer(input: Tensor, vec2: Tensor): Tensor;
  /** See `torch.nn.PairwiseDistance` for details `aten::pairwise_distance(Tensor x1, Tensor x2, float p=2, float eps=1e-06, bool keepdim=False) -> Tensor` */
  pairwiseDistance(x1: Tensor, x2: Tensor, p?: number, eps?: number, keepdim?: boolean): Tensor;
  pairwiseDistance(x1: Tensor, x2: Tensor, options: { p?: number; eps?: number; keepdim?: boolean }): Tensor;
  pairwiseDistance(x1: Tensor, x2: Tensor, p: number, options: { eps?: number; keepdim?: boolean }): Tensor;
  pairwiseDistance(x1: Tensor, x2: Tensor, p: number, eps: number, options: { keepdim?: boolean }): Tensor;
  /** Computes the p-norm distance between every pair of row vectors in the input. `aten::pdist(Tensor self, float p=2) -> Tensor` */
  pdist(input: Tensor, p?: number): Tensor;
  pdist(input: Tensor, options: { p?: number }): Tensor;
  /** Returns a view of the original tensor `input` with its dimensions permuted. `aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)` */
  permute(input: Tensor, dims: readonly number[]): Tensor;
  /** Performs the same operation as `torch.permute`, but all output tensors are freshly created instead of aliasing the input. `aten::permute_copy(Tensor self, int[] dims) -> Tensor` */
  permuteCopy(input: Tensor, dims: readonly number[]): Tensor;
  /** Alias for `torch.linalg.pinv` `aten::pinverse(Tensor self, float rcond=1e-15) -> Tensor` */
  pinverse(input: Tensor, rcond?: number): Tensor;
  pinverse(input: Tensor, options: { rcond?: number }): Tensor;
  /** Rearranges elements in a tensor of shape (*, C \times r^2, H, W) to a tensor of shape (*, C, H \times r, W \times r), where r is the `upscale_factor`. `aten::pixel_shuffle(Tensor self, int upscale_factor) -> Tensor` */
  pixelShuffle(input: Tensor, upscaleFactor: number): Tensor;
  /** Reverses the `torch.nn.PixelShuffle` operation by rearranging elements in a tensor of shape (*, C, H \times r, W \times r) to a tensor of shape (*, C \times r^2, H, W), where r is the... `aten::pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor` */
  pixelUnshuffle(input: Tensor, downscaleFactor: number): Tensor;
  /** Returns a tensor of the same size as `input` with each element sampled from a Poisson distribution with rate parameter given by the corresponding element in `input` i.e., `aten::poisson(Tensor self, Generator? generator=None) -> Tensor` */
  poisson(input: Tensor, generator?: Generator | null): Tensor;
  poisson(input: Tensor, options: { generator?: Generator | null }): Tensor;
  /** Constructs a complex tensor whose elements are Cartesian coordinates corresponding to the polar coordinates with absolute value `abs` and angle `angle`. `aten::polar(Tensor abs, Tensor angle) -> Tensor` */
  polar(abs: Tensor, angle: Tensor): Tensor;
  /** Alias for `torch.special.polygamma`. `aten::polygamma(int n, Tensor self) -> Tensor` */
  polygamma(n: number, input: Tensor): Tensor;
  /** Returns `input`. `aten::positive(Tensor(a) self) -> Tensor(a)` */
  positive(input: Tensor): Tensor;
  /** Takes the power of each element in `input` with `exponent` and returns a tensor with the result. `aten::pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor` · `aten::pow.Scalar(Scalar self, Tensor exponent) -> Tensor` · `aten::pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor` */
  pow(input: Tensor | Scalar, exponent: Tensor): Tensor;
  pow(input: Tensor, exponent: Scalar): Tensor;
  /** Applies element-wise the function PReLU(x) = \max(0,x) + weight * \min(0,x) where weight is a learnable parameter. `aten::prelu(Tensor self, Tensor weight) -> Tensor` */
  prelu(input: Tensor, weight: Tensor): Tensor;
  /** Returns the product of all elements in the `input` tensor. `aten::prod(Tensor self, *, ScalarType? dtype=None) -> Tensor` · `aten::prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  prod(input: Tensor, options?: { dtype?: DType | null }): Tensor;
  prod(input: Tensor, dim: number, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  prod(input: Tensor, options: { dim: number; keepdim?: boolean; dtype?: DType | null }): Tensor;
  prod(input: Tensor, dim: number, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Returns the `torch.dtype` with the smallest size and scalar kind that is not smaller nor of lower kind than either `type1` or `type2`. `aten::promote_types(ScalarType type1, ScalarType type2) -> ScalarType` */
  promoteTypes(type1: DType, type2: DType): DType;
  /** Computes the QR decomposition of a matrix or a batch of matrices `input`, and returns a namedtuple (Q, R) of tensors such that input = Q R with Q being an orthogonal matrix or batch of orthogonal... `aten::qr(Tensor self, bool some=True) -> (Tensor Q, Tensor R)` */
  qr(input: Tensor, some?: boolean): readonly [Q: Tensor, R: Tensor];
  qr(input: Tensor, options: { some?: boolean }): readonly [Q: Tensor, R: Tensor];
  /** Computes the q-th quantiles of each row of the `input` tensor along the dimension `dim`. `aten::quantile(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor` · `aten::quantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor` */
  quantile(input: Tensor, q: Tensor | number, dim?: number | null, keepdim?: boolean, options?: { interpolation?: string }): Tensor;
  quantile(input: Tensor, q: Tensor | number, options: { dim?: number | null; keepdim?: boolean; interpolation?: string }): Tensor;
  quantile(input: Tensor, q: Tensor | number, dim: number | null, options: { keepdim?: boolean; interpolation?: string }): Tensor;
  /** Returns a new tensor with each of the elements of `input` converted from angles in radians to degrees. `aten::rad2deg(Tensor self) -> Tensor` */
  rad2deg(input: Tensor): Tensor;
  /** Returns a tensor filled with random numbers from a uniform distribution on the interval [0, 1) `aten::rand.generator(SymInt[] size, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::rand(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  rand(size: readonly number[], options: FactoryOptions & { generator: Generator | null }): Tensor;
  rand(...size: number[]): Tensor;
  rand(size: readonly number[], options?: FactoryOptions): Tensor;
  /** Returns a tensor with the same size as `input` that is filled with random numbers from a uniform distribution on the interval [0, 1). `aten::rand_like.generator(Tensor self, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` · `aten::rand_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` */
  randLike(input: Tensor, options: FactoryOptions & { generator: Generator | null; memoryFormat?: MemoryFormat | null }): Tensor;
  randLike(input: Tensor, options?: FactoryOptions & { memoryFormat?: MemoryFormat | null }): Tensor;
  /** Returns a tensor filled with random integers generated uniformly between `low` (inclusive) and `high` (exclusive). `aten::randint.generator(SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::randint(SymInt high, SymInt[] size, *, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::randint.low_generator(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::randint.low(SymInt low, SymInt high, SymInt[] size, *, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  randint(high: number, size: readonly number[], options: FactoryOptions & { generator: Generator | null }): Tensor;
  randint(high: number, size: readonly number[], options?: FactoryOptions): Tensor;
  randint(low: number, high: number, size: readonly number[], options: FactoryOptions & { generator: Generator | null }): Tensor;
  randint(low: number, high: number, size: readonly number[], options?: FactoryOptions): Tensor;
  /** Returns a tensor with the same shape as Tensor `input` filled with random integers generated uniformly between `low` (inclusive) and `high` (exclusive). `aten::randint_like.low_generator_dtype(Tensor self, SymInt low, SymInt high, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` · `aten::randint_like.low_dtype(Tensor self, SymInt low, SymInt high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` · `aten::randint_like.Tensor_generator(Tensor self, Tensor high, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` · `aten::randint_like.Tensor(Tensor self, Tensor high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` · `aten::randint_like.generator(Tensor self, SymInt high, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` · `aten::randint_like(Tensor self, SymInt high, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` */
  randintLike(input: Tensor, low: number, high: number, options: FactoryOptions & { generator: Generator | null; memoryFormat?: MemoryFormat | null }): Tensor;
  randintLike(input: Tensor, low: number, high: number, options?: FactoryOptions & { memoryFormat?: MemoryFormat | null }): Tensor;
  randintLike(input: Tensor, high: Tensor | number, options: FactoryOptions & { generator: Generator | null; memoryFormat?: MemoryFormat | null }): Tensor;
  randintLike(input: Tensor, high: Tensor | number, options?: FactoryOptions & { memoryFormat?: MemoryFormat | null }): Tensor;
  /** Returns a tensor filled with random numbers from a normal distribution with mean `0` and variance `1` (also called the standard normal distribution). `aten::randn.generator(SymInt[] size, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::randn(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  randn(size: readonly number[], options: FactoryOptions & { generator: Generator | null }): Tensor;
  randn(...size: number[]): Tensor;
  randn(size: readonly number[], options?: FactoryOptions): Tensor;
  /** Returns a tensor with the same size as `input` that is filled with random numbers from a normal distribution with mean 0 and variance 1. `aten::randn_like.generator(Tensor self, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` · `aten::randn_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` */
  randnLike(input: Tensor, options: FactoryOptions & { generator: Generator | null; memoryFormat?: MemoryFormat | null }): Tensor;
  randnLike(input: Tensor, options?: FactoryOptions & { memoryFormat?: MemoryFormat | null }): Tensor;
  /** Returns a random permutation of integers from `0` to `n - 1`. `aten::randperm.generator(SymInt n, *, Generator? generator, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` · `aten::randperm(SymInt n, *, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  randperm(n: number, options: FactoryOptions & { generator: Generator | null }): Tensor;
  randperm(n: number, options?: FactoryOptions): Tensor;
  /** Return a contiguous flattened tensor. `aten::ravel(Tensor(a) self) -> Tensor(a)` */
  ravel(input: Tensor): Tensor;
  /** Returns a new tensor containing real values of the `self` tensor. `aten::real(Tensor(a) self) -> Tensor(a)` */
  real(input: Tensor): Tensor;
  /** Returns a new tensor with the reciprocal of the elements of `input` `aten::reciprocal(Tensor self) -> Tensor` */
  reciprocal(input: Tensor): Tensor;
  /** `aten::relu(Tensor self) -> Tensor` */
  relu(input: Tensor): Tensor;
  /** In-place version of `relu`. `aten::relu_(Tensor(a!) self) -> Tensor(a!)` */
  relu_(input: Tensor): Tensor;
  /** Computes Python's modulus operation entrywise. `aten::remainder.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::remainder.Scalar_Tensor(Scalar self, Tensor other) -> Tensor` · `aten::remainder.Scalar(Tensor self, Scalar other) -> Tensor` */
  remainder(input: Tensor | Scalar, other: Tensor): Tensor;
  remainder(input: Tensor, other: Scalar): Tensor;
  /** Returns a tensor where each sub-tensor of `input` along dimension `dim` is normalized such that the `p`-norm of the sub-tensor is lower than the value `maxnorm` `aten::renorm(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor` */
  renorm(input: Tensor, p: Scalar, dim: number, maxnorm: Scalar): Tensor;
  renorm(input: Tensor, p: Scalar, options: { dim: number; maxnorm: Scalar }): Tensor;
  /** Repeat elements of a tensor. `aten::repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor` · `aten::repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor` · `aten::repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor` */
  repeatInterleave(input: Tensor, repeats: Tensor | number, dim?: number | null, options?: { outputSize?: number | null }): Tensor;
  repeatInterleave(input: Tensor, repeats: Tensor | number, options: { dim?: number | null; outputSize?: number | null }): Tensor;
  repeatInterleave(repeats: Tensor, options?: { outputSize?: number | null }): Tensor;
  /** Returns a tensor with the same data and number of elements as `input`, but with the specified shape. `aten::reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)` */
  reshape(input: Tensor, shape: readonly number[]): Tensor;
  /** Returns a new tensor with materialized conjugation if `input`'s conjugate bit is set to `True`, else returns `input`. `aten::resolve_conj(Tensor(a) self) -> Tensor(a)` */
  resolveConj(input: Tensor): Tensor;
  /** Returns a new tensor with materialized negation if `input`'s negative bit is set to `True`, else returns `input`. `aten::resolve_neg(Tensor(a) self) -> Tensor(a)` */
  resolveNeg(input: Tensor): Tensor;
  /** Returns the `torch.dtype` that would result from performing an arithmetic operation on the provided input tensors. `aten::result_type.Tensor(Tensor tensor, Tensor other) -> ScalarType` · `aten::result_type.Scalar_Tensor(Scalar scalar, Tensor tensor) -> ScalarType` · `aten::result_type.Scalar(Tensor tensor, Scalar other) -> ScalarType` · `aten::result_type.Scalar_Scalar(Scalar scalar1, Scalar scalar2) -> ScalarType` */
  resultType(tensor: Tensor, other: Tensor | Scalar): DType;
  resultType(scalar: Scalar, tensor: Tensor): DType;
  resultType(scalar1: Scalar, scalar2: Scalar): DType;
  /** `aten::rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor` */
  rmsNorm(input: Tensor, normalizedShape: readonly number[], weight?: Tensor | null, eps?: number | null): Tensor;
  rmsNorm(input: Tensor, normalizedShape: readonly number[], options: { weight?: Tensor | null; eps?: number | null }): Tensor;
  rmsNorm(input: Tensor, normalizedShape: readonly number[], weight: Tensor | null, options: { eps?: number | null }): Tensor;
  /** Roll the tensor `input` along the given dimension(s). `aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor` */
  roll(input: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor;
  roll(input: Tensor, shifts: number | readonly number[], options: { dims?: number | readonly number[] }): Tensor;
  /** Rotate an n-D tensor by 90 degrees in the plane specified by dims axis. `aten::rot90(Tensor self, int k=1, int[] dims=[0,1]) -> Tensor` */
  rot90(input: Tensor, k?: number, dims?: readonly number[]): Tensor;
  rot90(input: Tensor, options: { k?: number; dims?: readonly number[] }): Tensor;
  rot90(input: Tensor, k: number, options: { dims?: readonly number[] }): Tensor;
  /** Rounds elements of `input` to the nearest integer. `aten::round(Tensor self) -> Tensor` · `aten::round.decimals(Tensor self, *, int decimals) -> Tensor` */
  round(input: Tensor): Tensor;
  round(input: Tensor, options: { decimals: number }): Tensor;
  /** Alias of `torch.vstack`. `aten::row_stack(Tensor[] tensors) -> Tensor` */
  rowStack(tensors: readonly Tensor[]): Tensor;
  /** `aten::rrelu(Tensor self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None) -> Tensor` */
  rrelu(input: Tensor, lower?: Scalar, upper?: Scalar, training?: boolean, generator?: Generator | null): Tensor;
  rrelu(input: Tensor, options: { lower?: Scalar; upper?: Scalar; training?: boolean; generator?: Generator | null }): Tensor;
  rrelu(input: Tensor, lower: Scalar, options: { upper?: Scalar; training?: boolean; generator?: Generator | null }): Tensor;
  rrelu(input: Tensor, lower: Scalar, upper: Scalar, options: { training?: boolean; generator?: Generator | null }): Tensor;
  rrelu(input: Tensor, lower: Scalar, upper: Scalar, training: boolean, options: { generator?: Generator | null }): Tensor;
  /** In-place version of `rrelu`. `aten::rrelu_(Tensor(a!) self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None) -> Tensor(a!)` */
  rrelu_(input: Tensor, lower?: Scalar, upper?: Scalar, training?: boolean, generator?: Generator | null): Tensor;
  rrelu_(input: Tensor, options: { lower?: Scalar; upper?: Scalar; training?: boolean; generator?: Generator | null }): Tensor;
  rrelu_(input: Tensor, lower: Scalar, options: { upper?: Scalar; training?: boolean; generator?: Generator | null }): Tensor;
  rrelu_(input: Tensor, lower: Scalar, upper: Scalar, options: { training?: boolean; generator?: Generator | null }): Tensor;
  rrelu_(input: Tensor, lower: Scalar, upper: Scalar, training: boolean, options: { generator?: Generator | null }): Tensor;
  /** Returns a new tensor with the reciprocal of the square-root of each of the elements of `input`. `aten::rsqrt(Tensor self) -> Tensor` */
  rsqrt(input: Tensor): Tensor;
  /** `aten::rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor` · `aten::rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor` */
  rsub(input: Tensor, other: Tensor | Scalar, options?: { alpha?: Scalar }): Tensor;
  /** Out-of-place version of `torch.Tensor.scatter_` `aten::scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor` · `aten::scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor` · `aten::scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor` · `aten::scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor` */
  scatter(input: Tensor, dim: number, index: Tensor, src: Tensor): Tensor;
  scatter(input: Tensor, options: { dim: number; index: Tensor; src: Tensor }): Tensor;
  scatter(input: Tensor, dim: number, index: Tensor, src: Tensor, options: { reduce: string }): Tensor;
  scatter(input: Tensor, options: { dim: number; index: Tensor; src: Tensor; reduce: string }): Tensor;
  scatter(input: Tensor, dim: number, index: Tensor, value: Scalar): Tensor;
  scatter(input: Tensor, options: { dim: number; index: Tensor; value: Scalar }): Tensor;
  scatter(input: Tensor, dim: number, index: Tensor, value: Scalar, options: { reduce: string }): Tensor;
  scatter(input: Tensor, options: { dim: number; index: Tensor; value: Scalar; reduce: string }): Tensor;
  /** Out-of-place version of `torch.Tensor.scatter_add_` `aten::scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor` */
  scatterAdd(input: Tensor, dim: number, index: Tensor, src: Tensor): Tensor;
  scatterAdd(input: Tensor, options: { dim: number; index: Tensor; src: Tensor }): Tensor;
  /** Out-of-place version of `torch.Tensor.scatter_reduce_` `aten::scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor` */
  scatterReduce(input: Tensor, dim: number, index: Tensor, src: Tensor, reduce: string, options?: { includeSelf?: boolean }): Tensor;
  scatterReduce(input: Tensor, options: { dim: number; index: Tensor; src: Tensor; reduce: string; includeSelf?: boolean }): Tensor;
  /** Find the indices from the *innermost* dimension of `sorted_sequence` such that, if the corresponding values in `values` were inserted before the indices, when sorted, the order of the... `aten::searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor` · `aten::searchsorted.Scalar(Tensor sorted_sequence, Scalar self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor` */
  searchsorted(sortedSequence: Tensor, input: Tensor | Scalar, options?: { outInt32?: boolean; right?: boolean; side?: string | null; sorter?: Tensor | null }): Tensor;
  /** Perform a segment reduction operation on the input tensor along the specified axis. `aten::segment_reduce(Tensor data, str reduce, *, Tensor? lengths=None, Tensor? indices=None, Tensor? offsets=None, int axis=0, bool unsafe=False, Scalar? initial=None) -> Tensor` */
  segmentReduce(data: Tensor, reduce: string, options?: { lengths?: Tensor | null; indices?: Tensor | null; offsets?: Tensor | null; axis?: number; unsafe?: boolean; initial?: Scalar | null }): Tensor;
  /** Slices the `input` tensor along the selected dimension at the given index. `aten::select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)` */
  select(input: Tensor, dim: number, index: number): Tensor;
  select(input: Tensor, options: { dim: number; index: number }): Tensor;
  /** Performs the same operation as `torch.select`, but all output tensors are freshly created instead of aliasing the input. `aten::select_copy.int(Tensor self, int dim, SymInt index) -> Tensor` */
  selectCopy(input: Tensor, dim: number, index: number): Tensor;
  selectCopy(input: Tensor, options: { dim: number; index: number }): Tensor;
  /** Embeds the values of the `src` tensor into `input` at the given index. `aten::select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor` */
  selectScatter(input: Tensor, src: Tensor, dim: number, index: number): Tensor;
  selectScatter(input: Tensor, src: Tensor, options: { dim: number; index: number }): Tensor;
  /** `aten::selu(Tensor self) -> Tensor` */
  selu(input: Tensor): Tensor;
  /** In-place version of `selu`. `aten::selu_(Tensor(a!) self) -> Tensor(a!)` */
  selu_(input: Tensor): Tensor;
  /** This function is an extension of torch.sign() to complex tensors. `aten::sgn(Tensor self) -> Tensor` */
  sgn(input: Tensor): Tensor;
  /** Alias for `torch.special.expit`. `aten::sigmoid(Tensor self) -> Tensor` */
  sigmoid(input: Tensor): Tensor;
  /** Returns a new tensor with the signs of the elements of `input`. `aten::sign(Tensor self) -> Tensor` */
  sign(input: Tensor): Tensor;
  /** Tests if each element of `input` has its sign bit set or not. `aten::signbit(Tensor self) -> Tensor` */
  signbit(input: Tensor): Tensor;
  /** Returns a new tensor with the sine of the elements in the `input` tensor, where each value in this input tensor is in radians. `aten::sin(Tensor self) -> Tensor` */
  sin(input: Tensor): Tensor;
  /** Alias for `torch.special.sinc`. `aten::sinc(Tensor self) -> Tensor` */
  sinc(input: Tensor): Tensor;
  /** Returns a new tensor with the hyperbolic sine of the elements of `input`. `aten::sinh(Tensor self) -> Tensor` */
  sinh(input: Tensor): Tensor;
  /** Performs the same operation as `torch.slice`, but all output tensors are freshly created instead of aliasing the input. `aten::slice_copy.Tensor(Tensor self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor` */
  sliceCopy(input: Tensor, dim?: number, start?: number | null, end?: number | null, step?: number): Tensor;
  sliceCopy(input: Tensor, options: { dim?: number; start?: number | null; end?: number | null; step?: number }): Tensor;
  sliceCopy(input: Tensor, dim: number, options: { start?: number | null; end?: number | null; step?: number }): Tensor;
  sliceCopy(input: Tensor, dim: number, start: number | null, options: { end?: number | null; step?: number }): Tensor;
  sliceCopy(input: Tensor, dim: number, start: number | null, end: number | null, options: { step?: number }): Tensor;
  /** Embeds the values of the `src` tensor into `input` at the given dimension. `aten::slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor` */
  sliceScatter(input: Tensor, src: Tensor, dim?: number, start?: number | null, end?: number | null, step?: number): Tensor;
  sliceScatter(input: Tensor, src: Tensor, options: { dim?: number; start?: number | null; end?: number | null; step?: number }): Tensor;
  sliceScatter(input: Tensor, src: Tensor, dim: number, options: { start?: number | null; end?: number | null; step?: number }): Tensor;
  sliceScatter(input: Tensor, src: Tensor, dim: number, start: number | null, options: { end?: number | null; step?: number }): Tensor;
  sliceScatter(input: Tensor, src: Tensor, dim: number, start: number | null, end: number | null, options: { step?: number }): Tensor;
  /** Alias for `torch.linalg.slogdet` `aten::slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)` */
  slogdet(input: Tensor): readonly [sign: Tensor, logabsdet: Tensor];
  /** Alias for `torch.nn.functional.softmax`. `aten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor` */
  softmax(input: Tensor, dim: number, dtype?: DType | null): Tensor;
  softmax(input: Tensor, options: { dim: number; dtype?: DType | null }): Tensor;
  softmax(input: Tensor, dim: number, options: { dtype?: DType | null }): Tensor;
  /** Sorts the elements of the `input` tensor along a given dimension in ascending order by value. `aten::sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)` · `aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)` */
  sort(input: Tensor, options: { stable: boolean | null; dim?: number; descending?: boolean }): readonly [values: Tensor, indices: Tensor];
  sort(input: Tensor, dim?: number, descending?: boolean): readonly [values: Tensor, indices: Tensor];
  sort(input: Tensor, options: { dim?: number; descending?: boolean }): readonly [values: Tensor, indices: Tensor];
  sort(input: Tensor, dim: number, options: { descending?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Splits the tensor into chunks. `aten::split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]` · `aten::split.sizes(Tensor(a -> *) self, SymInt[] split_size, int dim=0) -> Tensor(a)[]` */
  split(input: Tensor, splitSize: number | readonly number[], dim?: number): Tensor[];
  split(input: Tensor, splitSize: number | readonly number[], options: { dim?: number }): Tensor[];
  /** Performs the same operation as `torch.split`, but all output tensors are freshly created instead of aliasing the input. `aten::split_copy.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]` */
  splitCopy(input: Tensor, splitSize: number, dim?: number): Tensor[];
  splitCopy(input: Tensor, splitSize: number, options: { dim?: number }): Tensor[];
  /** `aten::split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]` */
  splitWithSizes(input: Tensor, splitSizes: readonly number[], dim?: number): Tensor[];
  splitWithSizes(input: Tensor, splitSizes: readonly number[], options: { dim?: number }): Tensor[];
  /** Performs the same operation as `torch.split_with_sizes`, but all output tensors are freshly created instead of aliasing the input. `aten::split_with_sizes_copy(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]` */
  splitWithSizesCopy(input: Tensor, splitSizes: readonly number[], dim?: number): Tensor[];
  splitWithSizesCopy(input: Tensor, splitSizes: readonly number[], options: { dim?: number }): Tensor[];
  /** Returns a new tensor with the square-root of the elements of `input`. `aten::sqrt(Tensor self) -> Tensor` */
  sqrt(input: Tensor): Tensor;
  /** Returns a new tensor with the square of the elements of `input`. `aten::square(Tensor self) -> Tensor` */
  square(input: Tensor): Tensor;
  /** Returns a tensor with all specified dimensions of `input` of size `1` removed. `aten::squeeze(Tensor(a) self) -> Tensor(a)` · `aten::squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)` · `aten::squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)` */
  squeeze(input: Tensor): Tensor;
  squeeze(input: Tensor, dim: number | readonly number[]): Tensor;
  squeeze(input: Tensor, options: { dim: number | readonly number[] }): Tensor;
  /** Performs the same operation as `torch.squeeze`, but all output tensors are freshly created instead of aliasing the input. `aten::squeeze_copy(Tensor self) -> Tensor` · `aten::squeeze_copy.dim(Tensor self, int dim) -> Tensor` · `aten::squeeze_copy.dims(Tensor self, int[] dim) -> Tensor` */
  squeezeCopy(input: Tensor): Tensor;
  squeezeCopy(input: Tensor, dim: number | readonly number[]): Tensor;
  squeezeCopy(input: Tensor, options: { dim: number | readonly number[] }): Tensor;
  /** Concatenates a sequence of tensors along a new dimension. `aten::stack(Tensor[] tensors, int dim=0) -> Tensor` */
  stack(tensors: readonly Tensor[], dim?: number): Tensor;
  stack(tensors: readonly Tensor[], options: { dim?: number }): Tensor;
  /** Calculates the standard deviation over the dimensions specified by `dim`. `aten::std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor` · `aten::std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor` · `aten::std(Tensor self, bool unbiased=True) -> Tensor` */
  std(input: Tensor, dim: number | readonly number[] | null, unbiased?: boolean, keepdim?: boolean): Tensor;
  std(input: Tensor, options: { dim: number | readonly number[] | null; unbiased?: boolean; keepdim?: boolean }): Tensor;
  std(input: Tensor, dim: number | readonly number[] | null, options: { unbiased?: boolean; keepdim?: boolean }): Tensor;
  std(input: Tensor, dim: number | readonly number[] | null, unbiased: boolean, options: { keepdim?: boolean }): Tensor;
  std(input: Tensor, dim?: number | readonly number[] | null, options?: { correction?: Scalar | null; keepdim?: boolean }): Tensor;
  std(input: Tensor, options: { dim?: number | readonly number[] | null; correction?: Scalar | null; keepdim?: boolean }): Tensor;
  std(input: Tensor, unbiased?: boolean): Tensor;
  std(input: Tensor, options: { unbiased?: boolean }): Tensor;
  /** Calculates the standard deviation and mean over the dimensions specified by `dim`. `aten::std_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)` · `aten::std_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)` · `aten::std_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)` */
  stdMean(input: Tensor, dim: number | readonly number[] | null, unbiased?: boolean, keepdim?: boolean): readonly [Tensor, Tensor];
  stdMean(input: Tensor, options: { dim: number | readonly number[] | null; unbiased?: boolean; keepdim?: boolean }): readonly [Tensor, Tensor];
  stdMean(input: Tensor, dim: number | readonly number[] | null, options: { unbiased?: boolean; keepdim?: boolean }): readonly [Tensor, Tensor];
  stdMean(input: Tensor, dim: number | readonly number[] | null, unbiased: boolean, options: { keepdim?: boolean }): readonly [Tensor, Tensor];
  stdMean(input: Tensor, dim?: number | readonly number[] | null, options?: { correction?: Scalar | null; keepdim?: boolean }): readonly [Tensor, Tensor];
  stdMean(input: Tensor, options: { dim?: number | readonly number[] | null; correction?: Scalar | null; keepdim?: boolean }): readonly [Tensor, Tensor];
  stdMean(input: Tensor, unbiased?: boolean): readonly [Tensor, Tensor];
  stdMean(input: Tensor, options: { unbiased?: boolean }): readonly [Tensor, Tensor];
  /** Short-time Fourier transform (STFT). `aten::stft.center(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, str pad_mode="reflect", bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None) -> Tensor` */
  stft(input: Tensor, nFft: number, hopLength?: number | null, winLength?: number | null, window?: Tensor | null, center?: boolean, padMode?: string, normalized?: boolean, onesided?: boolean | null, returnComplex?: boolean | null, alignToWindow?: boolean | null): Tensor;
  stft(input: Tensor, nFft: number, options: { hopLength?: number | null; winLength?: number | null; window?: Tensor | null; center?: boolean; padMode?: string; normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(input: Tensor, nFft: number, hopLength: number | null, options: { winLength?: number | null; window?: Tensor | null; center?: boolean; padMode?: string; normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, options: { window?: Tensor | null; center?: boolean; padMode?: string; normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, options: { center?: boolean; padMode?: string; normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, options: { padMode?: string; normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, padMode: string, options: { normalized?: boolean; onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, padMode: string, normalized: boolean, options: { onesided?: boolean | null; returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, padMode: string, normalized: boolean, onesided: boolean | null, options: { returnComplex?: boolean | null; alignToWindow?: boolean | null }): Tensor;
  stft(input: Tensor, nFft: number, hopLength: number | null, winLength: number | null, window: Tensor | null, center: boolean, padMode: string, normalized: boolean, onesided: boolean | null, returnComplex: boolean | null, options: { alignToWindow?: boolean | null }): Tensor;
  /** Subtracts `other`, scaled by `alpha`, from `input`. `aten::sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor` · `aten::sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor` */
  sub(input: Tensor, other: Tensor | Scalar, options?: { alpha?: Scalar }): Tensor;
  /** Alias for `torch.sub`. `aten::subtract.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor` · `aten::subtract.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor` */
  subtract(input: Tensor, other: Tensor | Scalar, options?: { alpha?: Scalar }): Tensor;
  /** Returns the sum of all elements in the `input` tensor. `aten::sum(Tensor self, *, ScalarType? dtype=None) -> Tensor` · `aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  sum(input: Tensor, options?: { dtype?: DType | null }): Tensor;
  sum(input: Tensor, dim: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  sum(input: Tensor, options: { dim: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  sum(input: Tensor, dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Computes the singular value decomposition of either a matrix or batch of matrices `input`. `aten::svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)` */
  svd(input: Tensor, some?: boolean, computeUv?: boolean): readonly [U: Tensor, S: Tensor, V: Tensor];
  svd(input: Tensor, options: { some?: boolean; computeUv?: boolean }): readonly [U: Tensor, S: Tensor, V: Tensor];
  svd(input: Tensor, some: boolean, options: { computeUv?: boolean }): readonly [U: Tensor, S: Tensor, V: Tensor];
  /** Alias for `torch.transpose`. `aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)` */
  swapaxes(input: Tensor, axis0: number, axis1: number): Tensor;
  /** Alias for `torch.transpose`. `aten::swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)` */
  swapdims(input: Tensor, dim0: number, dim1: number): Tensor;
  /** Expects `input` to be <= 2-D tensor and transposes dimensions 0 and 1. `aten::t(Tensor(a) self) -> Tensor(a)` */
  t(input: Tensor): Tensor;
  /** Performs the same operation as `torch.t`, but all output tensors are freshly created instead of aliasing the input. `aten::t_copy(Tensor self) -> Tensor` */
  tCopy(input: Tensor): Tensor;
  /** Returns a new tensor with the elements of `input` at the given indices. `aten::take(Tensor self, Tensor index) -> Tensor` */
  take(input: Tensor, index: Tensor): Tensor;
  /** Selects values from `input` at the 1-dimensional indices from `indices` along the given `dim`. `aten::take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor` */
  takeAlongDim(input: Tensor, indices: Tensor, dim?: number | null): Tensor;
  takeAlongDim(input: Tensor, indices: Tensor, options: { dim?: number | null }): Tensor;
  /** Returns a new tensor with the tangent of the elements in the `input` tensor, where each value in this input tensor is in radians. `aten::tan(Tensor self) -> Tensor` */
  tan(input: Tensor): Tensor;
  /** Returns a new tensor with the hyperbolic tangent of the elements of `input`. `aten::tanh(Tensor self) -> Tensor` */
  tanh(input: Tensor): Tensor;
  /** Splits a tensor into multiple sub-tensors, all of which are views of `input`, along dimension `dim` according to the indices or number of sections specified by `indices_or_sections`. `aten::tensor_split.indices(Tensor(a -> *) self, SymInt[] indices, int dim=0) -> Tensor(a)[]` · `aten::tensor_split.tensor_indices_or_sections(Tensor(a -> *) self, Tensor tensor_indices_or_sections, int dim=0) -> Tensor(a)[]` · `aten::tensor_split.sections(Tensor(a -> *) self, SymInt sections, int dim=0) -> Tensor(a)[]` */
  tensorSplit(input: Tensor, indices: readonly number[], dim?: number): Tensor[];
  tensorSplit(input: Tensor, indices: readonly number[], options: { dim?: number }): Tensor[];
  tensorSplit(input: Tensor, tensorIndicesOrSections: Tensor, dim?: number): Tensor[];
  tensorSplit(input: Tensor, tensorIndicesOrSections: Tensor, options: { dim?: number }): Tensor[];
  tensorSplit(input: Tensor, sections: number, dim?: number): Tensor[];
  tensorSplit(input: Tensor, sections: number, options: { dim?: number }): Tensor[];
  /** `aten::threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor` */
  threshold(input: Tensor, threshold: Scalar, value: Scalar): Tensor;
  /** In-place version of `threshold`. `aten::threshold_(Tensor(a!) self, Scalar threshold, Scalar value) -> Tensor(a!)` */
  threshold_(input: Tensor, threshold: Scalar, value: Scalar): Tensor;
  /** Constructs a tensor by repeating the elements of `input`. `aten::tile(Tensor self, SymInt[] dims) -> Tensor` */
  tile(input: Tensor, dims: readonly number[]): Tensor;
  /** Returns the `k` largest elements of the given `input` tensor along a given dimension. `aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)` */
  topk(input: Tensor, k: number, dim?: number, largest?: boolean, sorted?: boolean): readonly [values: Tensor, indices: Tensor];
  topk(input: Tensor, k: number, options: { dim?: number; largest?: boolean; sorted?: boolean }): readonly [values: Tensor, indices: Tensor];
  topk(input: Tensor, k: number, dim: number, options: { largest?: boolean; sorted?: boolean }): readonly [values: Tensor, indices: Tensor];
  topk(input: Tensor, k: number, dim: number, largest: boolean, options: { sorted?: boolean }): readonly [values: Tensor, indices: Tensor];
  /** Returns the sum of the elements of the diagonal of the input 2-D matrix. `aten::trace(Tensor self) -> Tensor` */
  trace(input: Tensor): Tensor;
  /** Returns a tensor that is a transposed version of `input`. `aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)` */
  transpose(input: Tensor, dim0: number, dim1: number): Tensor;
  /** Performs the same operation as `torch.transpose`, but all output tensors are freshly created instead of aliasing the input. `aten::transpose_copy.int(Tensor self, int dim0, int dim1) -> Tensor` */
  transposeCopy(input: Tensor, dim0: number, dim1: number): Tensor;
  /** Computes the trapezoidal rule along `dim`. `aten::trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor` · `aten::trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor` */
  trapezoid(y: Tensor, x: Tensor, options?: { dim?: number }): Tensor;
  trapezoid(y: Tensor, options?: { dx?: Scalar; dim?: number }): Tensor;
  /** Alias for `torch.trapezoid`. `aten::trapz.dx(Tensor y, *, float dx=1, int dim=-1) -> Tensor` · `aten::trapz.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor` */
  trapz(y: Tensor, options?: { dx?: number; dim?: number }): Tensor;
  trapz(y: Tensor, x: Tensor, options?: { dim?: number }): Tensor;
  /** Solves a system of equations with a square upper or lower triangular invertible matrix A and multiple right-hand sides b. `aten::triangular_solve(Tensor self, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False) -> (Tensor solution, Tensor cloned_coefficient)` */
  triangularSolve(input: Tensor, A: Tensor, upper?: boolean, transpose?: boolean, unitriangular?: boolean): readonly [solution: Tensor, clonedCoefficient: Tensor];
  triangularSolve(input: Tensor, A: Tensor, options: { upper?: boolean; transpose?: boolean; unitriangular?: boolean }): readonly [solution: Tensor, clonedCoefficient: Tensor];
  triangularSolve(input: Tensor, A: Tensor, upper: boolean, options: { transpose?: boolean; unitriangular?: boolean }): readonly [solution: Tensor, clonedCoefficient: Tensor];
  triangularSolve(input: Tensor, A: Tensor, upper: boolean, transpose: boolean, options: { unitriangular?: boolean }): readonly [solution: Tensor, clonedCoefficient: Tensor];
  /** Returns the lower triangular part of the matrix (2-D tensor) or batch of matrices `input`, the other elements of the result tensor `out` are set to 0. `aten::tril(Tensor self, SymInt diagonal=0) -> Tensor` */
  tril(input: Tensor, diagonal?: number): Tensor;
  tril(input: Tensor, options: { diagonal?: number }): Tensor;
  /** Returns the indices of the lower triangular part of a `row`-by- `col` matrix in a 2-by-N Tensor, where the first row contains row coordinates of all indices and the second row contains column... `aten::tril_indices(int row, int col, int offset=0, *, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  trilIndices(row: number, col: number, offset?: number, options?: FactoryOptions): Tensor;
  trilIndices(row: number, col: number, options: FactoryOptions & { offset?: number }): Tensor;
  /** Returns the upper triangular part of a matrix (2-D tensor) or batch of matrices `input`, the other elements of the result tensor `out` are set to 0. `aten::triu(Tensor self, SymInt diagonal=0) -> Tensor` */
  triu(input: Tensor, diagonal?: number): Tensor;
  triu(input: Tensor, options: { diagonal?: number }): Tensor;
  /** Returns the indices of the upper triangular part of a `row` by `col` matrix in a 2-by-N Tensor, where the first row contains row coordinates of all indices and the second row contains column... `aten::triu_indices(int row, int col, int offset=0, *, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  triuIndices(row: number, col: number, offset?: number, options?: FactoryOptions): Tensor;
  triuIndices(row: number, col: number, options: FactoryOptions & { offset?: number }): Tensor;
  /** Alias for `torch.div` with `rounding_mode=None`. `aten::true_divide.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::true_divide.Scalar(Tensor self, Scalar other) -> Tensor` */
  trueDivide(input: Tensor, other: Tensor | Scalar): Tensor;
  /** Returns a new tensor with the truncated integer values of the elements of `input`. `aten::trunc(Tensor self) -> Tensor` */
  trunc(input: Tensor): Tensor;
  /** Removes a tensor dimension. `aten::unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]` */
  unbind(input: Tensor, dim?: number): Tensor[];
  unbind(input: Tensor, options: { dim?: number }): Tensor[];
  /** Performs the same operation as `torch.unbind`, but all output tensors are freshly created instead of aliasing the input. `aten::unbind_copy.int(Tensor self, int dim=0) -> Tensor[]` */
  unbindCopy(input: Tensor, dim?: number): Tensor[];
  unbindCopy(input: Tensor, options: { dim?: number }): Tensor[];
  /** Expands a dimension of the input tensor over multiple dimensions. `aten::unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)` */
  unflatten(input: Tensor, dim: number, sizes: readonly number[]): Tensor;
  unflatten(input: Tensor, options: { dim: number; sizes: readonly number[] }): Tensor;
  /** Performs the same operation as `torch.unfold`, but all output tensors are freshly created instead of aliasing the input. `aten::unfold_copy(Tensor self, int dimension, int size, int step) -> Tensor` */
  unfoldCopy(input: Tensor, dimension: number, size: number, step: number): Tensor;
  /** Works like `torch.chunk` but without enforcing the autograd restrictions on inplace modification of the outputs. `aten::unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]` */
  unsafeChunk(input: Tensor, chunks: number, dim?: number): Tensor[];
  unsafeChunk(input: Tensor, chunks: number, options: { dim?: number }): Tensor[];
  /** Works like `torch.split` but without enforcing the autograd restrictions on inplace modification of the outputs. `aten::unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]` */
  unsafeSplit(input: Tensor, splitSize: number, dim?: number): Tensor[];
  unsafeSplit(input: Tensor, splitSize: number, options: { dim?: number }): Tensor[];
  /** Returns a new tensor with a dimension of size one inserted at the specified position. `aten::unsqueeze(Tensor(a) self, int dim) -> Tensor(a)` */
  unsqueeze(input: Tensor, dim: number): Tensor;
  unsqueeze(input: Tensor, options: { dim: number }): Tensor;
  /** Performs the same operation as `torch.unsqueeze`, but all output tensors are freshly created instead of aliasing the input. `aten::unsqueeze_copy(Tensor self, int dim) -> Tensor` */
  unsqueezeCopy(input: Tensor, dim: number): Tensor;
  unsqueezeCopy(input: Tensor, options: { dim: number }): Tensor;
  /** Generates a Vandermonde matrix. `aten::vander(Tensor x, int? N=None, bool increasing=False) -> Tensor` */
  vander(x: Tensor, N?: number | null, increasing?: boolean): Tensor;
  vander(x: Tensor, options: { N?: number | null; increasing?: boolean }): Tensor;
  vander(x: Tensor, N: number | null, options: { increasing?: boolean }): Tensor;
  /** Calculates the variance over the dimensions specified by `dim`. `aten::var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor` · `aten::var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor` · `aten::var(Tensor self, bool unbiased=True) -> Tensor` */
  var(input: Tensor, dim: number | readonly number[] | null, unbiased?: boolean, keepdim?: boolean): Tensor;
  var(input: Tensor, options: { dim: number | readonly number[] | null; unbiased?: boolean; keepdim?: boolean }): Tensor;
  var(input: Tensor, dim: number | readonly number[] | null, options: { unbiased?: boolean; keepdim?: boolean }): Tensor;
  var(input: Tensor, dim: number | readonly number[] | null, unbiased: boolean, options: { keepdim?: boolean }): Tensor;
  var(input: Tensor, dim?: number | readonly number[] | null, options?: { correction?: Scalar | null; keepdim?: boolean }): Tensor;
  var(input: Tensor, options: { dim?: number | readonly number[] | null; correction?: Scalar | null; keepdim?: boolean }): Tensor;
  var(input: Tensor, unbiased?: boolean): Tensor;
  var(input: Tensor, options: { unbiased?: boolean }): Tensor;
  /** Calculates the variance and mean over the dimensions specified by `dim`. `aten::var_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)` · `aten::var_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)` · `aten::var_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)` */
  varMean(input: Tensor, dim: number | readonly number[] | null, unbiased?: boolean, keepdim?: boolean): readonly [Tensor, Tensor];
  varMean(input: Tensor, options: { dim: number | readonly number[] | null; unbiased?: boolean; keepdim?: boolean }): readonly [Tensor, Tensor];
  varMean(input: Tensor, dim: number | readonly number[] | null, options: { unbiased?: boolean; keepdim?: boolean }): readonly [Tensor, Tensor];
  varMean(input: Tensor, dim: number | readonly number[] | null, unbiased: boolean, options: { keepdim?: boolean }): readonly [Tensor, Tensor];
  varMean(input: Tensor, dim?: number | readonly number[] | null, options?: { correction?: Scalar | null; keepdim?: boolean }): readonly [Tensor, Tensor];
  varMean(input: Tensor, options: { dim?: number | readonly number[] | null; correction?: Scalar | null; keepdim?: boolean }): readonly [Tensor, Tensor];
  varMean(input: Tensor, unbiased?: boolean): readonly [Tensor, Tensor];
  varMean(input: Tensor, options: { unbiased?: boolean }): readonly [Tensor, Tensor];
  /** Computes the dot product of two 1D vectors along a dimension. `aten::vdot(Tensor self, Tensor other) -> Tensor` */
  vdot(input: Tensor, other: Tensor): Tensor;
  /** Returns a view of `input` as a complex tensor. `aten::view_as_complex(Tensor(a) self) -> Tensor(a)` */
  viewAsComplex(input: Tensor): Tensor;
  /** Performs the same operation as `torch.view_as_complex`, but all output tensors are freshly created instead of aliasing the input. `aten::view_as_complex_copy(Tensor self) -> Tensor` */
  viewAsComplexCopy(input: Tensor): Tensor;
  /** Returns a view of `input` as a real tensor. `aten::view_as_real(Tensor(a) self) -> Tensor(a)` */
  viewAsReal(input: Tensor): Tensor;
  /** Performs the same operation as `torch.view_as_real`, but all output tensors are freshly created instead of aliasing the input. `aten::view_as_real_copy(Tensor self) -> Tensor` */
  viewAsRealCopy(input: Tensor): Tensor;
  /** Performs the same operation as `torch.view`, but all output tensors are freshly created instead of aliasing the input. `aten::view_copy.dtype(Tensor self, ScalarType dtype) -> Tensor` · `aten::view_copy(Tensor self, SymInt[] size) -> Tensor` */
  viewCopy(input: Tensor, dtype: DType): Tensor;
  viewCopy(input: Tensor, size: readonly number[]): Tensor;
  /** Splits `input`, a tensor with two or more dimensions, into multiple tensors vertically according to `indices_or_sections`. `aten::vsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]` · `aten::vsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]` */
  vsplit(input: Tensor, sections: number): Tensor[];
  vsplit(input: Tensor, indices: readonly number[]): Tensor[];
  /** Stack tensors in sequence vertically (row wise). `aten::vstack(Tensor[] tensors) -> Tensor` */
  vstack(tensors: readonly Tensor[]): Tensor;
  /** Return a tensor of elements selected from either `input` or `other`, depending on `condition`. `aten::where(Tensor condition) -> Tensor[]` · `aten::where.self(Tensor condition, Tensor self, Tensor other) -> Tensor` · `aten::where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor` · `aten::where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor` · `aten::where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor` */
  where(condition: Tensor): Tensor[];
  where(condition: Tensor, input: Tensor | Scalar, other: Tensor): Tensor;
  where(condition: Tensor, input: Tensor | Scalar, other: Scalar): Tensor;
  /** Alias for `torch.special.xlogy`. `aten::xlogy.Tensor(Tensor self, Tensor other) -> Tensor` · `aten::xlogy.Scalar_Self(Scalar self, Tensor other) -> Tensor` · `aten::xlogy.Scalar_Other(Tensor self, Scalar other) -> Tensor` */
  xlogy(input: Tensor | Scalar, other: Tensor): Tensor;
  xlogy(input: Tensor, other: Scalar): Tensor;
  /** Returns a tensor filled with the scalar value `0`, with the shape defined by the variable argument `size`. `aten::zeros(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  zeros(size: readonly number[], options?: FactoryOptions): Tensor;
  zeros(...size: number[]): Tensor;
  /** Returns a tensor filled with the scalar value `0`, with the same size as `input`. `aten::zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor` */
  zerosLike(input: Tensor, options?: FactoryOptions & { memoryFormat?: MemoryFormat | null }): Tensor;
}

/** Functions of `torch.linalg`. */
export interface LinalgFunctions {
  /** Computes the Cholesky decomposition of a complex Hermitian or real symmetric positive-definite matrix. `aten::linalg_cholesky(Tensor self, *, bool upper=False) -> Tensor` */
  cholesky(input: Tensor, options?: { upper?: boolean }): Tensor;
  /** Computes the Cholesky decomposition of a complex Hermitian or real symmetric positive-definite matrix. `aten::linalg_cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)` */
  choleskyEx(input: Tensor, options?: { upper?: boolean; checkErrors?: boolean }): readonly [L: Tensor, info: Tensor];
  /** Computes the condition number of a matrix with respect to a matrix norm. `aten::linalg_cond(Tensor self, Scalar? p=None) -> Tensor` · `aten::linalg_cond.p_str(Tensor self, str p) -> Tensor` */
  cond(input: Tensor, p?: Scalar | null): Tensor;
  cond(input: Tensor, options: { p?: Scalar | null }): Tensor;
  cond(input: Tensor, p: string): Tensor;
  /** Computes the cross product of two 3-dimensional vectors. `aten::linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor` */
  cross(input: Tensor, other: Tensor, options?: { dim?: number }): Tensor;
  /** Computes the determinant of a square matrix. `aten::linalg_det(Tensor A) -> Tensor` */
  det(A: Tensor): Tensor;
  /** Alias for `torch.diagonal` with defaults `dim1`\ `= -2`, `dim2`\ `= -1`. `aten::linalg_diagonal(Tensor(a) A, *, int offset=0, int dim1=-2, int dim2=-1) -> Tensor(a)` */
  diagonal(A: Tensor, options?: { offset?: number; dim1?: number; dim2?: number }): Tensor;
  /** Computes the eigenvalue decomposition of a square matrix if it exists. `aten::linalg_eig(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)` */
  eig(input: Tensor): readonly [eigenvalues: Tensor, eigenvectors: Tensor];
  /** Computes the eigenvalue decomposition of a complex Hermitian or real symmetric matrix. `aten::linalg_eigh(Tensor self, str UPLO="L") -> (Tensor eigenvalues, Tensor eigenvectors)` */
  eigh(input: Tensor, UPLO?: string): readonly [eigenvalues: Tensor, eigenvectors: Tensor];
  eigh(input: Tensor, options: { UPLO?: string }): readonly [eigenvalues: Tensor, eigenvectors: Tensor];
  /** Computes the eigenvalues of a square matrix. `aten::linalg_eigvals(Tensor self) -> Tensor` */
  eigvals(input: Tensor): Tensor;
  /** Computes the eigenvalues of a complex Hermitian or real symmetric matrix. `aten::linalg_eigvalsh(Tensor self, str UPLO="L") -> Tensor` */
  eigvalsh(input: Tensor, UPLO?: string): Tensor;
  eigvalsh(input: Tensor, options: { UPLO?: string }): Tensor;
  /** Computes the first `n` columns of a product of Householder matrices. `aten::linalg_householder_product(Tensor input, Tensor tau) -> Tensor` */
  householderProduct(input: Tensor, tau: Tensor): Tensor;
  /** Computes the inverse of a square matrix if it exists. `aten::linalg_inv(Tensor A) -> Tensor` */
  inv(A: Tensor): Tensor;
  /** Computes the inverse of a square matrix if it is invertible. `aten::linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)` */
  invEx(A: Tensor, options?: { checkErrors?: boolean }): readonly [inverse: Tensor, info: Tensor];
  /** Computes a compact representation of the LDL factorization of a Hermitian or symmetric (possibly indefinite) matrix. `aten::linalg_ldl_factor(Tensor self, *, bool hermitian=False) -> (Tensor LD, Tensor pivots)` */
  ldlFactor(input: Tensor, options?: { hermitian?: boolean }): readonly [LD: Tensor, pivots: Tensor];
  /** This is a version of `ldl_factor` that does not perform error checks unless `check_errors`\ `= True`. `aten::linalg_ldl_factor_ex(Tensor self, *, bool hermitian=False, bool check_errors=False) -> (Tensor LD, Tensor pivots, Tensor info)` */
  ldlFactorEx(input: Tensor, options?: { hermitian?: boolean; checkErrors?: boolean }): readonly [LD: Tensor, pivots: Tensor, info: Tensor];
  /** Computes the solution of a system of linear equations using the LDL factorization. `aten::linalg_ldl_solve(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False) -> Tensor` */
  ldlSolve(LD: Tensor, pivots: Tensor, B: Tensor, options?: { hermitian?: boolean }): Tensor;
  /** Computes a solution to the least squares problem of a system of linear equations. `aten::linalg_lstsq(Tensor self, Tensor b, float? rcond=None, *, str? driver=None) -> (Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)` */
  lstsq(input: Tensor, b: Tensor, rcond?: number | null, options?: { driver?: string | null }): readonly [solution: Tensor, residuals: Tensor, rank: Tensor, singularValues: Tensor];
  lstsq(input: Tensor, b: Tensor, options: { rcond?: number | null; driver?: string | null }): readonly [solution: Tensor, residuals: Tensor, rank: Tensor, singularValues: Tensor];
  /** Computes the LU decomposition with partial pivoting of a matrix. `aten::linalg_lu(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)` */
  lu(A: Tensor, options?: { pivot?: boolean }): readonly [P: Tensor, L: Tensor, U: Tensor];
  /** Computes a compact representation of the LU factorization with partial pivoting of a matrix. `aten::linalg_lu_factor(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)` */
  luFactor(A: Tensor, options?: { pivot?: boolean }): readonly [LU: Tensor, pivots: Tensor];
  /** This is a version of `lu_factor` that does not perform error checks unless `check_errors`\ `= True`. `aten::linalg_lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False) -> (Tensor LU, Tensor pivots, Tensor info)` */
  luFactorEx(A: Tensor, options?: { pivot?: boolean; checkErrors?: boolean }): readonly [LU: Tensor, pivots: Tensor, info: Tensor];
  /** Computes the solution of a square system of linear equations with a unique solution given an LU decomposition. `aten::linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False) -> Tensor` */
  luSolve(LU: Tensor, pivots: Tensor, B: Tensor, options?: { left?: boolean; adjoint?: boolean }): Tensor;
  /** Alias for `torch.matmul` `aten::linalg_matmul(Tensor self, Tensor other) -> Tensor` */
  matmul(input: Tensor, other: Tensor): Tensor;
  /** Computes the matrix exponential of a square matrix. `aten::linalg_matrix_exp(Tensor self) -> Tensor` */
  matrixExp(input: Tensor): Tensor;
  /** Computes a matrix norm. `aten::linalg_matrix_norm(Tensor self, Scalar ord, int[] dim=[-2,-1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` · `aten::linalg_matrix_norm.str_ord(Tensor self, str ord='fro', int[] dim=[-2,-1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  matrixNorm(input: Tensor, ord: Scalar, dim?: readonly number[], keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  matrixNorm(input: Tensor, ord: Scalar, options: { dim?: readonly number[]; keepdim?: boolean; dtype?: DType | null }): Tensor;
  matrixNorm(input: Tensor, ord: Scalar, dim: readonly number[], options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  matrixNorm(input: Tensor, ord?: string, dim?: readonly number[], keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  matrixNorm(input: Tensor, options: { ord?: string; dim?: readonly number[]; keepdim?: boolean; dtype?: DType | null }): Tensor;
  matrixNorm(input: Tensor, ord: string, options: { dim?: readonly number[]; keepdim?: boolean; dtype?: DType | null }): Tensor;
  matrixNorm(input: Tensor, ord: string, dim: readonly number[], options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Computes the `n`-th power of a square matrix for an integer `n`. `aten::linalg_matrix_power(Tensor self, int n) -> Tensor` */
  matrixPower(input: Tensor, n: number): Tensor;
  /** Computes the numerical rank of a matrix. `aten::linalg_matrix_rank.atol_rtol_tensor(Tensor input, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False) -> Tensor` · `aten::linalg_matrix_rank.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> Tensor` · `aten::linalg_matrix_rank.tol_tensor(Tensor input, Tensor tol, bool hermitian=False) -> Tensor` · `aten::linalg_matrix_rank(Tensor self, float tol, bool hermitian=False) -> Tensor` */
  matrixRank(input: Tensor, options?: { atol?: Tensor | null; rtol?: Tensor | null; hermitian?: boolean }): Tensor;
  matrixRank(input: Tensor, options?: { atol?: number | null; rtol?: number | null; hermitian?: boolean }): Tensor;
  matrixRank(input: Tensor, tol: Tensor | number, hermitian?: boolean): Tensor;
  matrixRank(input: Tensor, tol: Tensor | number, options: { hermitian?: boolean }): Tensor;
  /** Efficiently multiplies two or more matrices by reordering the multiplications so that the fewest arithmetic operations are performed. `aten::linalg_multi_dot(Tensor[] tensors) -> Tensor` */
  multiDot(tensors: readonly Tensor[]): Tensor;
  /** Computes a vector or matrix norm. `aten::linalg_norm(Tensor self, Scalar? ord=None, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` · `aten::linalg_norm.ord_str(Tensor self, str ord, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  norm(input: Tensor, ord?: Scalar | null, dim?: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  norm(input: Tensor, options: { ord?: Scalar | null; dim?: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  norm(input: Tensor, ord: Scalar | null, options: { dim?: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  norm(input: Tensor, ord: Scalar | null, dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  norm(input: Tensor, ord: string, dim?: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  norm(input: Tensor, ord: string, options: { dim?: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  norm(input: Tensor, ord: string, dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
  /** Computes the pseudoinverse (Moore-Penrose inverse) of a matrix. `aten::linalg_pinv.atol_rtol_tensor(Tensor self, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False) -> Tensor` · `aten::linalg_pinv.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> Tensor` · `aten::linalg_pinv.rcond_tensor(Tensor self, Tensor rcond, bool hermitian=False) -> Tensor` · `aten::linalg_pinv(Tensor self, float rcond, bool hermitian=False) -> Tensor` */
  pinv(input: Tensor, options?: { atol?: Tensor | null; rtol?: Tensor | null; hermitian?: boolean }): Tensor;
  pinv(input: Tensor, options?: { atol?: number | null; rtol?: number | null; hermitian?: boolean }): Tensor;
  pinv(input: Tensor, rcond: Tensor | number, hermitian?: boolean): Tensor;
  pinv(input: Tensor, rcond: Tensor | number, options: { hermitian?: boolean }): Tensor;
  /** Computes the QR decomposition of a matrix. `aten::linalg_qr(Tensor A, str mode='reduced') -> (Tensor Q, Tensor R)` */
  qr(A: Tensor, mode?: string): readonly [Q: Tensor, R: Tensor];
  qr(A: Tensor, options: { mode?: string }): readonly [Q: Tensor, R: Tensor];
  /** Computes the sign and natural logarithm of the absolute value of the determinant of a square matrix. `aten::linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)` */
  slogdet(A: Tensor): readonly [sign: Tensor, logabsdet: Tensor];
  /** Computes the solution of a square system of linear equations with a unique solution. `aten::linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor` */
  solve(A: Tensor, B: Tensor, options?: { left?: boolean }): Tensor;
  /** A version of `solve` that does not perform error checks unless `check_errors`\ `= True`. `aten::linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor info)` */
  solveEx(A: Tensor, B: Tensor, options?: { left?: boolean; checkErrors?: boolean }): readonly [result: Tensor, info: Tensor];
  /** Computes the solution of a triangular system of linear equations with a unique solution. `aten::linalg_solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> Tensor` */
  solveTriangular(input: Tensor, B: Tensor, options: { upper: boolean; left?: boolean; unitriangular?: boolean }): Tensor;
  /** Computes the singular value decomposition (SVD) of a matrix. `aten::linalg_svd(Tensor A, bool full_matrices=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)` */
  svd(A: Tensor, fullMatrices?: boolean, options?: { driver?: string | null }): readonly [U: Tensor, S: Tensor, Vh: Tensor];
  svd(A: Tensor, options: { fullMatrices?: boolean; driver?: string | null }): readonly [U: Tensor, S: Tensor, Vh: Tensor];
  /** Computes the singular values of a matrix. `aten::linalg_svdvals(Tensor A, *, str? driver=None) -> Tensor` */
  svdvals(A: Tensor, options?: { driver?: string | null }): Tensor;
  /** Computes the multiplicative inverse of `torch.tensordot`. `aten::linalg_tensorinv(Tensor self, int ind=2) -> Tensor` */
  tensorinv(input: Tensor, ind?: number): Tensor;
  tensorinv(input: Tensor, options: { ind?: number }): Tensor;
  /** Computes the solution `X` to the system `torch.tensordot(A, X) = B`. `aten::linalg_tensorsolve(Tensor self, Tensor other, int[]? dims=None) -> Tensor` */
  tensorsolve(input: Tensor, other: Tensor, dims?: readonly number[] | null): Tensor;
  tensorsolve(input: Tensor, other: Tensor, options: { dims?: readonly number[] | null }): Tensor;
  /** Generates a Vandermonde matrix. `aten::linalg_vander(Tensor x, *, SymInt? N=None) -> Tensor` */
  vander(x: Tensor, options?: { N?: number | null }): Tensor;
  /** Computes the dot product of two batches of vectors along a dimension. `aten::linalg_vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor` */
  vecdot(x: Tensor, y: Tensor, options?: { dim?: number }): Tensor;
  /** Computes a vector norm. `aten::linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor` */
  vectorNorm(input: Tensor, ord?: Scalar, dim?: number | readonly number[] | null, keepdim?: boolean, options?: { dtype?: DType | null }): Tensor;
  vectorNorm(input: Tensor, options: { ord?: Scalar; dim?: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  vectorNorm(input: Tensor, ord: Scalar, options: { dim?: number | readonly number[] | null; keepdim?: boolean; dtype?: DType | null }): Tensor;
  vectorNorm(input: Tensor, ord: Scalar, dim: number | readonly number[] | null, options: { keepdim?: boolean; dtype?: DType | null }): Tensor;
}

/** Functions of `torch.special`. */
export interface SpecialFunctions {
  /** Airy function Ai(input). `aten::special_airy_ai(Tensor x) -> Tensor` */
  airyAi(x: Tensor): Tensor;
  /** Bessel function of the first kind of order 0. `aten::special_bessel_j0(Tensor self) -> Tensor` */
  besselJ0(input: Tensor): Tensor;
  /** Bessel function of the first kind of order 1. `aten::special_bessel_j1(Tensor self) -> Tensor` */
  besselJ1(input: Tensor): Tensor;
  /** Bessel function of the second kind of order 0. `aten::special_bessel_y0(Tensor self) -> Tensor` */
  besselY0(input: Tensor): Tensor;
  /** Bessel function of the second kind of order 1. `aten::special_bessel_y1(Tensor self) -> Tensor` */
  besselY1(input: Tensor): Tensor;
  /** Chebyshev polynomial of the first kind T_{n}(input). `aten::special_chebyshev_polynomial_t(Tensor x, Tensor n) -> Tensor` · `aten::special_chebyshev_polynomial_t.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_chebyshev_polynomial_t.n_scalar(Tensor x, Scalar n) -> Tensor` */
  chebyshevPolynomialT(x: Tensor | Scalar, n: Tensor): Tensor;
  chebyshevPolynomialT(x: Tensor, n: Scalar): Tensor;
  /** Chebyshev polynomial of the second kind U_{n}(input). `aten::special_chebyshev_polynomial_u(Tensor x, Tensor n) -> Tensor` · `aten::special_chebyshev_polynomial_u.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_chebyshev_polynomial_u.n_scalar(Tensor x, Scalar n) -> Tensor` */
  chebyshevPolynomialU(x: Tensor | Scalar, n: Tensor): Tensor;
  chebyshevPolynomialU(x: Tensor, n: Scalar): Tensor;
  /** Chebyshev polynomial of the third kind V_{n}^{\ast}(input). `aten::special_chebyshev_polynomial_v(Tensor x, Tensor n) -> Tensor` · `aten::special_chebyshev_polynomial_v.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_chebyshev_polynomial_v.n_scalar(Tensor x, Scalar n) -> Tensor` */
  chebyshevPolynomialV(x: Tensor | Scalar, n: Tensor): Tensor;
  chebyshevPolynomialV(x: Tensor, n: Scalar): Tensor;
  /** Chebyshev polynomial of the fourth kind W_{n}^{\ast}(input). `aten::special_chebyshev_polynomial_w(Tensor x, Tensor n) -> Tensor` · `aten::special_chebyshev_polynomial_w.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_chebyshev_polynomial_w.n_scalar(Tensor x, Scalar n) -> Tensor` */
  chebyshevPolynomialW(x: Tensor | Scalar, n: Tensor): Tensor;
  chebyshevPolynomialW(x: Tensor, n: Scalar): Tensor;
  /** Computes the logarithmic derivative of the gamma function on `input`. `aten::special_digamma(Tensor self) -> Tensor` */
  digamma(input: Tensor): Tensor;
  /** Computes the entropy on `input` (as defined below), elementwise. `aten::special_entr(Tensor self) -> Tensor` */
  entr(input: Tensor): Tensor;
  /** Computes the error function of `input`. `aten::special_erf(Tensor self) -> Tensor` */
  erf(input: Tensor): Tensor;
  /** Computes the complementary error function of `input`. `aten::special_erfc(Tensor self) -> Tensor` */
  erfc(input: Tensor): Tensor;
  /** Computes the scaled complementary error function for each element of `input`. `aten::special_erfcx(Tensor self) -> Tensor` */
  erfcx(input: Tensor): Tensor;
  /** Computes the inverse error function of `input`. `aten::special_erfinv(Tensor self) -> Tensor` */
  erfinv(input: Tensor): Tensor;
  /** Computes the base two exponential function of `input`. `aten::special_exp2(Tensor self) -> Tensor` */
  exp2(input: Tensor): Tensor;
  /** Computes the expit (also known as the logistic sigmoid function) of the elements of `input`. `aten::special_expit(Tensor self) -> Tensor` */
  expit(input: Tensor): Tensor;
  /** Computes the exponential of the elements minus 1 of `input`. `aten::special_expm1(Tensor self) -> Tensor` */
  expm1(input: Tensor): Tensor;
  /** Computes the regularized lower incomplete gamma function `aten::special_gammainc(Tensor self, Tensor other) -> Tensor` */
  gammainc(input: Tensor, other: Tensor): Tensor;
  /** Computes the regularized upper incomplete gamma function `aten::special_gammaincc(Tensor self, Tensor other) -> Tensor` */
  gammaincc(input: Tensor, other: Tensor): Tensor;
  /** Computes the natural logarithm of the absolute value of the gamma function on `input`. `aten::special_gammaln(Tensor self) -> Tensor` */
  gammaln(input: Tensor): Tensor;
  /** Physicist's Hermite polynomial H_{n}(input). `aten::special_hermite_polynomial_h(Tensor x, Tensor n) -> Tensor` · `aten::special_hermite_polynomial_h.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_hermite_polynomial_h.n_scalar(Tensor x, Scalar n) -> Tensor` */
  hermitePolynomialH(x: Tensor | Scalar, n: Tensor): Tensor;
  hermitePolynomialH(x: Tensor, n: Scalar): Tensor;
  /** Probabilist's Hermite polynomial He_{n}(input). `aten::special_hermite_polynomial_he(Tensor x, Tensor n) -> Tensor` · `aten::special_hermite_polynomial_he.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_hermite_polynomial_he.n_scalar(Tensor x, Scalar n) -> Tensor` */
  hermitePolynomialHe(x: Tensor | Scalar, n: Tensor): Tensor;
  hermitePolynomialHe(x: Tensor, n: Scalar): Tensor;
  /** Computes the zeroth order modified Bessel function of the first kind for each element of `input`. `aten::special_i0(Tensor self) -> Tensor` */
  i0(input: Tensor): Tensor;
  /** Computes the exponentially scaled zeroth order modified Bessel function of the first kind (as defined below) for each element of `input`. `aten::special_i0e(Tensor self) -> Tensor` */
  i0e(input: Tensor): Tensor;
  /** Computes the first order modified Bessel function of the first kind (as defined below) for each element of `input`. `aten::special_i1(Tensor self) -> Tensor` */
  i1(input: Tensor): Tensor;
  /** Computes the exponentially scaled first order modified Bessel function of the first kind (as defined below) for each element of `input`. `aten::special_i1e(Tensor self) -> Tensor` */
  i1e(input: Tensor): Tensor;
  /** Laguerre polynomial L_{n}(input). `aten::special_laguerre_polynomial_l(Tensor x, Tensor n) -> Tensor` · `aten::special_laguerre_polynomial_l.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_laguerre_polynomial_l.n_scalar(Tensor x, Scalar n) -> Tensor` */
  laguerrePolynomialL(x: Tensor | Scalar, n: Tensor): Tensor;
  laguerrePolynomialL(x: Tensor, n: Scalar): Tensor;
  /** Legendre polynomial P_{n}(input). `aten::special_legendre_polynomial_p(Tensor x, Tensor n) -> Tensor` · `aten::special_legendre_polynomial_p.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_legendre_polynomial_p.n_scalar(Tensor x, Scalar n) -> Tensor` */
  legendrePolynomialP(x: Tensor | Scalar, n: Tensor): Tensor;
  legendrePolynomialP(x: Tensor, n: Scalar): Tensor;
  /** Alias for `torch.log1p`. `aten::special_log1p(Tensor self) -> Tensor` */
  log1p(input: Tensor): Tensor;
  /** Computes the log of the area under the standard Gaussian probability density function, integrated from minus infinity to `input`, elementwise. `aten::special_log_ndtr(Tensor self) -> Tensor` */
  logNdtr(input: Tensor): Tensor;
  /** Computes softmax followed by a logarithm. `aten::special_log_softmax(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor` */
  logSoftmax(input: Tensor, dim: number, options?: { dtype?: DType | null }): Tensor;
  logSoftmax(input: Tensor, options: { dim: number; dtype?: DType | null }): Tensor;
  /** Returns a new tensor with the logit of the elements of `input`. `aten::special_logit(Tensor self, float? eps=None) -> Tensor` */
  logit(input: Tensor, eps?: number | null): Tensor;
  logit(input: Tensor, options: { eps?: number | null }): Tensor;
  /** Alias for `torch.logsumexp`. `aten::special_logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor` */
  logsumexp(input: Tensor, dim: number | readonly number[], keepdim?: boolean): Tensor;
  logsumexp(input: Tensor, options: { dim: number | readonly number[]; keepdim?: boolean }): Tensor;
  logsumexp(input: Tensor, dim: number | readonly number[], options: { keepdim?: boolean }): Tensor;
  /** Modified Bessel function of the first kind of order 0. `aten::special_modified_bessel_i0(Tensor self) -> Tensor` */
  modifiedBesselI0(input: Tensor): Tensor;
  /** Modified Bessel function of the first kind of order 1. `aten::special_modified_bessel_i1(Tensor self) -> Tensor` */
  modifiedBesselI1(input: Tensor): Tensor;
  /** Modified Bessel function of the second kind of order 0. `aten::special_modified_bessel_k0(Tensor self) -> Tensor` */
  modifiedBesselK0(input: Tensor): Tensor;
  /** Modified Bessel function of the second kind of order 1. `aten::special_modified_bessel_k1(Tensor self) -> Tensor` */
  modifiedBesselK1(input: Tensor): Tensor;
  /** Computes the multivariate log-gamma function with dimension p element-wise, given by `aten::special_multigammaln(Tensor self, int p) -> Tensor` */
  multigammaln(input: Tensor, p: number): Tensor;
  /** Computes the area under the standard Gaussian probability density function, integrated from minus infinity to `input`, elementwise. `aten::special_ndtr(Tensor self) -> Tensor` */
  ndtr(input: Tensor): Tensor;
  /** Computes the argument, x, for which the area under the Gaussian probability density function (integrated from minus infinity to x) is equal to `input`, elementwise. `aten::special_ndtri(Tensor self) -> Tensor` */
  ndtri(input: Tensor): Tensor;
  /** Computes the n^{th} derivative of the digamma function on `input`. `aten::special_polygamma(int n, Tensor self) -> Tensor` */
  polygamma(n: number, input: Tensor): Tensor;
  /** Alias for `torch.special.digamma`. `aten::special_psi(Tensor self) -> Tensor` */
  psi(input: Tensor): Tensor;
  /** Alias for `torch.round`. `aten::special_round(Tensor self, *, int decimals=0) -> Tensor` */
  round(input: Tensor, options?: { decimals?: number }): Tensor;
  /** Scaled modified Bessel function of the second kind of order 0. `aten::special_scaled_modified_bessel_k0(Tensor x) -> Tensor` */
  scaledModifiedBesselK0(x: Tensor): Tensor;
  /** Scaled modified Bessel function of the second kind of order 1. `aten::special_scaled_modified_bessel_k1(Tensor x) -> Tensor` */
  scaledModifiedBesselK1(x: Tensor): Tensor;
  /** Chebyshev polynomial of the first kind T_{n}^{\ast}(input). `aten::special_shifted_chebyshev_polynomial_t(Tensor x, Tensor n) -> Tensor` · `aten::special_shifted_chebyshev_polynomial_t.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_shifted_chebyshev_polynomial_t.n_scalar(Tensor x, Scalar n) -> Tensor` */
  shiftedChebyshevPolynomialT(x: Tensor | Scalar, n: Tensor): Tensor;
  shiftedChebyshevPolynomialT(x: Tensor, n: Scalar): Tensor;
  /** Chebyshev polynomial of the second kind U_{n}^{\ast}(input). `aten::special_shifted_chebyshev_polynomial_u(Tensor x, Tensor n) -> Tensor` · `aten::special_shifted_chebyshev_polynomial_u.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_shifted_chebyshev_polynomial_u.n_scalar(Tensor x, Scalar n) -> Tensor` */
  shiftedChebyshevPolynomialU(x: Tensor | Scalar, n: Tensor): Tensor;
  shiftedChebyshevPolynomialU(x: Tensor, n: Scalar): Tensor;
  /** Chebyshev polynomial of the third kind V_{n}^{\ast}(input). `aten::special_shifted_chebyshev_polynomial_v(Tensor x, Tensor n) -> Tensor` · `aten::special_shifted_chebyshev_polynomial_v.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_shifted_chebyshev_polynomial_v.n_scalar(Tensor x, Scalar n) -> Tensor` */
  shiftedChebyshevPolynomialV(x: Tensor | Scalar, n: Tensor): Tensor;
  shiftedChebyshevPolynomialV(x: Tensor, n: Scalar): Tensor;
  /** Chebyshev polynomial of the fourth kind W_{n}^{\ast}(input). `aten::special_shifted_chebyshev_polynomial_w(Tensor x, Tensor n) -> Tensor` · `aten::special_shifted_chebyshev_polynomial_w.x_scalar(Scalar x, Tensor n) -> Tensor` · `aten::special_shifted_chebyshev_polynomial_w.n_scalar(Tensor x, Scalar n) -> Tensor` */
  shiftedChebyshevPolynomialW(x: Tensor | Scalar, n: Tensor): Tensor;
  shiftedChebyshevPolynomialW(x: Tensor, n: Scalar): Tensor;
  /** Computes the normalized sinc of `input.` `aten::special_sinc(Tensor self) -> Tensor` */
  sinc(input: Tensor): Tensor;
  /** Computes the softmax function. `aten::special_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor` */
  softmax(input: Tensor, dim: number, dtype?: DType | null): Tensor;
  softmax(input: Tensor, options: { dim: number; dtype?: DType | null }): Tensor;
  softmax(input: Tensor, dim: number, options: { dtype?: DType | null }): Tensor;
  /** Spherical Bessel function of the first kind of order 0. `aten::special_spherical_bessel_j0(Tensor x) -> Tensor` */
  sphericalBesselJ0(x: Tensor): Tensor;
  /** Computes `input * log1p(other)` with the following cases. `aten::special_xlog1py(Tensor self, Tensor other) -> Tensor` · `aten::special_xlog1py.self_scalar(Scalar self, Tensor other) -> Tensor` · `aten::special_xlog1py.other_scalar(Tensor self, Scalar other) -> Tensor` */
  xlog1py(input: Tensor | Scalar, other: Tensor): Tensor;
  xlog1py(input: Tensor, other: Scalar): Tensor;
  /** Computes `input * log(other)` with the following cases. `aten::special_xlogy(Tensor self, Tensor other) -> Tensor` · `aten::special_xlogy.self_scalar(Scalar self, Tensor other) -> Tensor` · `aten::special_xlogy.other_scalar(Tensor self, Scalar other) -> Tensor` */
  xlogy(input: Tensor | Scalar, other: Tensor): Tensor;
  xlogy(input: Tensor, other: Scalar): Tensor;
  /** Computes the Hurwitz zeta function, elementwise. `aten::special_zeta(Tensor self, Tensor other) -> Tensor` · `aten::special_zeta.self_scalar(Scalar self, Tensor other) -> Tensor` · `aten::special_zeta.other_scalar(Tensor self, Scalar other) -> Tensor` */
  zeta(input: Tensor | Scalar, other: Tensor): Tensor;
  zeta(input: Tensor, other: Scalar): Tensor;
}

/** Functions of `torch.fft`. */
export interface FftFunctions {
  /** Computes the one dimensional discrete Fourier transform of `input`. `aten::fft_fft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor` */
  fft(input: Tensor, n?: number | null, dim?: number, norm?: string | null): Tensor;
  fft(input: Tensor, options: { n?: number | null; dim?: number; norm?: string | null }): Tensor;
  fft(input: Tensor, n: number | null, options: { dim?: number; norm?: string | null }): Tensor;
  fft(input: Tensor, n: number | null, dim: number, options: { norm?: string | null }): Tensor;
  /** Computes the 2 dimensional discrete Fourier transform of `input`. `aten::fft_fft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2,-1], str? norm=None) -> Tensor` */
  fft2(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[], norm?: string | null): Tensor;
  fft2(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[]; norm?: string | null }): Tensor;
  fft2(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[]; norm?: string | null }): Tensor;
  fft2(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[], options: { norm?: string | null }): Tensor;
  /** Computes the discrete Fourier Transform sample frequencies for a signal of size `n`. `aten::fft_fftfreq(int n, float d=1.0, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  fftfreq(n: number, d?: number, options?: FactoryOptions): Tensor;
  fftfreq(n: number, options: FactoryOptions & { d?: number }): Tensor;
  /** Computes the N dimensional discrete Fourier transform of `input`. `aten::fft_fftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor` */
  fftn(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[] | null, norm?: string | null): Tensor;
  fftn(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  fftn(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  fftn(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[] | null, options: { norm?: string | null }): Tensor;
  /** Reorders n-dimensional FFT data, as provided by `torch.fft.fftn`, to have negative frequency terms first. `aten::fft_fftshift(Tensor self, int[1]? dim=None) -> Tensor` */
  fftshift(input: Tensor, dim?: number | readonly number[] | null): Tensor;
  fftshift(input: Tensor, options: { dim?: number | readonly number[] | null }): Tensor;
  /** Computes the one dimensional discrete Fourier transform of a Hermitian symmetric `input` signal. `aten::fft_hfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor` */
  hfft(input: Tensor, n?: number | null, dim?: number, norm?: string | null): Tensor;
  hfft(input: Tensor, options: { n?: number | null; dim?: number; norm?: string | null }): Tensor;
  hfft(input: Tensor, n: number | null, options: { dim?: number; norm?: string | null }): Tensor;
  hfft(input: Tensor, n: number | null, dim: number, options: { norm?: string | null }): Tensor;
  /** Computes the 2-dimensional discrete Fourier transform of a Hermitian symmetric `input` signal. `aten::fft_hfft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2,-1], str? norm=None) -> Tensor` */
  hfft2(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[], norm?: string | null): Tensor;
  hfft2(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[]; norm?: string | null }): Tensor;
  hfft2(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[]; norm?: string | null }): Tensor;
  hfft2(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[], options: { norm?: string | null }): Tensor;
  /** Computes the n-dimensional discrete Fourier transform of a Hermitian symmetric `input` signal. `aten::fft_hfftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor` */
  hfftn(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[] | null, norm?: string | null): Tensor;
  hfftn(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  hfftn(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  hfftn(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[] | null, options: { norm?: string | null }): Tensor;
  /** Computes the one dimensional inverse discrete Fourier transform of `input`. `aten::fft_ifft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor` */
  ifft(input: Tensor, n?: number | null, dim?: number, norm?: string | null): Tensor;
  ifft(input: Tensor, options: { n?: number | null; dim?: number; norm?: string | null }): Tensor;
  ifft(input: Tensor, n: number | null, options: { dim?: number; norm?: string | null }): Tensor;
  ifft(input: Tensor, n: number | null, dim: number, options: { norm?: string | null }): Tensor;
  /** Computes the 2 dimensional inverse discrete Fourier transform of `input`. `aten::fft_ifft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2,-1], str? norm=None) -> Tensor` */
  ifft2(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[], norm?: string | null): Tensor;
  ifft2(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[]; norm?: string | null }): Tensor;
  ifft2(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[]; norm?: string | null }): Tensor;
  ifft2(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[], options: { norm?: string | null }): Tensor;
  /** Computes the N dimensional inverse discrete Fourier transform of `input`. `aten::fft_ifftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor` */
  ifftn(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[] | null, norm?: string | null): Tensor;
  ifftn(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  ifftn(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  ifftn(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[] | null, options: { norm?: string | null }): Tensor;
  /** Inverse of `torch.fft.fftshift`. `aten::fft_ifftshift(Tensor self, int[1]? dim=None) -> Tensor` */
  ifftshift(input: Tensor, dim?: number | readonly number[] | null): Tensor;
  ifftshift(input: Tensor, options: { dim?: number | readonly number[] | null }): Tensor;
  /** Computes the inverse of `torch.fft.hfft`. `aten::fft_ihfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor` */
  ihfft(input: Tensor, n?: number | null, dim?: number, norm?: string | null): Tensor;
  ihfft(input: Tensor, options: { n?: number | null; dim?: number; norm?: string | null }): Tensor;
  ihfft(input: Tensor, n: number | null, options: { dim?: number; norm?: string | null }): Tensor;
  ihfft(input: Tensor, n: number | null, dim: number, options: { norm?: string | null }): Tensor;
  /** Computes the 2-dimensional inverse discrete Fourier transform of real `input`. `aten::fft_ihfft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2,-1], str? norm=None) -> Tensor` */
  ihfft2(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[], norm?: string | null): Tensor;
  ihfft2(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[]; norm?: string | null }): Tensor;
  ihfft2(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[]; norm?: string | null }): Tensor;
  ihfft2(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[], options: { norm?: string | null }): Tensor;
  /** Computes the N-dimensional inverse discrete Fourier transform of real `input`. `aten::fft_ihfftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor` */
  ihfftn(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[] | null, norm?: string | null): Tensor;
  ihfftn(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  ihfftn(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  ihfftn(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[] | null, options: { norm?: string | null }): Tensor;
  /** Computes the inverse of `torch.fft.rfft`. `aten::fft_irfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor` */
  irfft(input: Tensor, n?: number | null, dim?: number, norm?: string | null): Tensor;
  irfft(input: Tensor, options: { n?: number | null; dim?: number; norm?: string | null }): Tensor;
  irfft(input: Tensor, n: number | null, options: { dim?: number; norm?: string | null }): Tensor;
  irfft(input: Tensor, n: number | null, dim: number, options: { norm?: string | null }): Tensor;
  /** Computes the inverse of `torch.fft.rfft2`. `aten::fft_irfft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2,-1], str? norm=None) -> Tensor` */
  irfft2(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[], norm?: string | null): Tensor;
  irfft2(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[]; norm?: string | null }): Tensor;
  irfft2(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[]; norm?: string | null }): Tensor;
  irfft2(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[], options: { norm?: string | null }): Tensor;
  /** Computes the inverse of `torch.fft.rfftn`. `aten::fft_irfftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor` */
  irfftn(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[] | null, norm?: string | null): Tensor;
  irfftn(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  irfftn(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  irfftn(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[] | null, options: { norm?: string | null }): Tensor;
  /** Computes the one dimensional Fourier transform of real-valued `input`. `aten::fft_rfft(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor` */
  rfft(input: Tensor, n?: number | null, dim?: number, norm?: string | null): Tensor;
  rfft(input: Tensor, options: { n?: number | null; dim?: number; norm?: string | null }): Tensor;
  rfft(input: Tensor, n: number | null, options: { dim?: number; norm?: string | null }): Tensor;
  rfft(input: Tensor, n: number | null, dim: number, options: { norm?: string | null }): Tensor;
  /** Computes the 2-dimensional discrete Fourier transform of real `input`. `aten::fft_rfft2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2,-1], str? norm=None) -> Tensor` */
  rfft2(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[], norm?: string | null): Tensor;
  rfft2(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[]; norm?: string | null }): Tensor;
  rfft2(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[]; norm?: string | null }): Tensor;
  rfft2(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[], options: { norm?: string | null }): Tensor;
  /** Computes the sample frequencies for `torch.fft.rfft` with a signal of size `n`. `aten::fft_rfftfreq(int n, float d=1.0, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` */
  rfftfreq(n: number, d?: number, options?: FactoryOptions): Tensor;
  rfftfreq(n: number, options: FactoryOptions & { d?: number }): Tensor;
  /** Computes the N-dimensional discrete Fourier transform of real `input`. `aten::fft_rfftn(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor` */
  rfftn(input: Tensor, s?: number | readonly number[] | null, dim?: number | readonly number[] | null, norm?: string | null): Tensor;
  rfftn(input: Tensor, options: { s?: number | readonly number[] | null; dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  rfftn(input: Tensor, s: number | readonly number[] | null, options: { dim?: number | readonly number[] | null; norm?: string | null }): Tensor;
  rfftn(input: Tensor, s: number | readonly number[] | null, dim: number | readonly number[] | null, options: { norm?: string | null }): Tensor;
}

/** Functions of `nn.functional`. */
export interface FunctionalFunctions {
  /** Applies a 1D adaptive average pooling over an input signal composed of several input planes. `aten::adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor` */
  adaptiveAvgPool1d(input: Tensor, outputSize: number | readonly number[]): Tensor;
  /** Apply a 2D adaptive average pooling over an input signal composed of several input planes. `aten::adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor` */
  adaptiveAvgPool2d(input: Tensor, outputSize: number | readonly number[]): Tensor;
  /** Apply a 3D adaptive average pooling over an input signal composed of several input planes. `aten::adaptive_avg_pool3d(Tensor self, SymInt[3] output_size) -> Tensor` */
  adaptiveAvgPool3d(input: Tensor, outputSize: number | readonly number[]): Tensor;
  /** Apply alpha dropout to the input. `aten::alpha_dropout(Tensor input, float p, bool train) -> Tensor` */
  alphaDropout(input: Tensor, p?: number, training?: boolean): Tensor;
  alphaDropout(input: Tensor, options: { p?: number; training?: boolean }): Tensor;
  alphaDropout(input: Tensor, p: number, options: { training?: boolean }): Tensor;
  /** Applies a 1D average pooling over an input signal composed of several input planes. `aten::avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, bool ceil_mode=False, bool count_include_pad=True) -> Tensor` */
  avgPool1d(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], ceilMode?: boolean, countIncludePad?: boolean): Tensor;
  avgPool1d(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; ceilMode?: boolean; countIncludePad?: boolean }): Tensor;
  avgPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; ceilMode?: boolean; countIncludePad?: boolean }): Tensor;
  avgPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { ceilMode?: boolean; countIncludePad?: boolean }): Tensor;
  avgPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], ceilMode: boolean, options: { countIncludePad?: boolean }): Tensor;
  /** Applies 2D average-pooling operation in kH \times kW regions by step size sH \times sW steps. `aten::avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor` */
  avgPool2d(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], ceilMode?: boolean, countIncludePad?: boolean, divisorOverride?: number | null): Tensor;
  avgPool2d(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; ceilMode?: boolean; countIncludePad?: boolean; divisorOverride?: number | null }): Tensor;
  avgPool2d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; ceilMode?: boolean; countIncludePad?: boolean; divisorOverride?: number | null }): Tensor;
  avgPool2d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { ceilMode?: boolean; countIncludePad?: boolean; divisorOverride?: number | null }): Tensor;
  avgPool2d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], ceilMode: boolean, options: { countIncludePad?: boolean; divisorOverride?: number | null }): Tensor;
  avgPool2d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], ceilMode: boolean, countIncludePad: boolean, options: { divisorOverride?: number | null }): Tensor;
  /** Applies 3D average-pooling operation in kT \times kH \times kW regions by step size sT \times sH \times sW steps. `aten::avg_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor` */
  avgPool3d(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], ceilMode?: boolean, countIncludePad?: boolean, divisorOverride?: number | null): Tensor;
  avgPool3d(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; ceilMode?: boolean; countIncludePad?: boolean; divisorOverride?: number | null }): Tensor;
  avgPool3d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; ceilMode?: boolean; countIncludePad?: boolean; divisorOverride?: number | null }): Tensor;
  avgPool3d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { ceilMode?: boolean; countIncludePad?: boolean; divisorOverride?: number | null }): Tensor;
  avgPool3d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], ceilMode: boolean, options: { countIncludePad?: boolean; divisorOverride?: number | null }): Tensor;
  avgPool3d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], ceilMode: boolean, countIncludePad: boolean, options: { divisorOverride?: number | null }): Tensor;
  /** Apply Batch Normalization for each channel across a batch of data. `aten::batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -> Tensor` */
  batchNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, weight?: Tensor | null, bias?: Tensor | null, training?: boolean, momentum?: number, eps?: number): Tensor;
  batchNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, options: { weight?: Tensor | null; bias?: Tensor | null; training?: boolean; momentum?: number; eps?: number }): Tensor;
  batchNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, weight: Tensor | null, options: { bias?: Tensor | null; training?: boolean; momentum?: number; eps?: number }): Tensor;
  batchNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, weight: Tensor | null, bias: Tensor | null, options: { training?: boolean; momentum?: number; eps?: number }): Tensor;
  batchNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, weight: Tensor | null, bias: Tensor | null, training: boolean, options: { momentum?: number; eps?: number }): Tensor;
  batchNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, weight: Tensor | null, bias: Tensor | null, training: boolean, momentum: number, options: { eps?: number }): Tensor;
  /** Applies a bilinear transformation to the incoming data: y = x_1^T A x_2 + b `aten::bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor` */
  bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias?: Tensor | null): Tensor;
  bilinear(input1: Tensor, input2: Tensor, weight: Tensor, options: { bias?: Tensor | null }): Tensor;
  /** Compute Binary Cross Entropy between the target and input probabilities. `aten::binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean) -> Tensor` */
  binaryCrossEntropy(input: Tensor, target: Tensor, weight?: Tensor | null, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  binaryCrossEntropy(input: Tensor, target: Tensor, options: { weight?: Tensor | null; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  binaryCrossEntropy(input: Tensor, target: Tensor, weight: Tensor | null, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Compute Binary Cross Entropy between target and input logits. `aten::binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, int reduction=Mean) -> Tensor` */
  binaryCrossEntropyWithLogits(input: Tensor, target: Tensor, weight?: Tensor | null, reduction?: 'none' | 'mean' | 'sum', posWeight?: Tensor | null): Tensor;
  binaryCrossEntropyWithLogits(input: Tensor, target: Tensor, options: { weight?: Tensor | null; reduction?: 'none' | 'mean' | 'sum'; posWeight?: Tensor | null }): Tensor;
  binaryCrossEntropyWithLogits(input: Tensor, target: Tensor, weight: Tensor | null, options: { reduction?: 'none' | 'mean' | 'sum'; posWeight?: Tensor | null }): Tensor;
  binaryCrossEntropyWithLogits(input: Tensor, target: Tensor, weight: Tensor | null, reduction: 'none' | 'mean' | 'sum', options: { posWeight?: Tensor | null }): Tensor;
  /** Applies element-wise, CELU(x) = \max(0,x) + \min(0, \alpha * (\exp(x/\alpha) - 1)). `aten::celu(Tensor self, Scalar alpha=1.0) -> Tensor` */
  celu(input: Tensor, options?: { alpha?: Scalar }): Tensor;
  /** In-place version of `celu`. `aten::celu_(Tensor(a!) self, Scalar alpha=1.0) -> Tensor(a!)` */
  celu_(input: Tensor, options?: { alpha?: Scalar }): Tensor;
  /** Divide the channels in a tensor of shape (*, C , H, W) into g groups and rearrange them as (*, C \frac g, g, H, W), while keeping the original tensor shape. `aten::channel_shuffle(Tensor self, SymInt groups) -> Tensor` */
  channelShuffle(input: Tensor, groups: number): Tensor;
  /** Applies a 1D convolution over an input signal composed of several input planes. `aten::conv1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=1, SymInt[1] padding=0, SymInt[1] dilation=1, SymInt groups=1) -> Tensor` · `aten::conv1d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=1, str padding="valid", SymInt[1] dilation=1, SymInt groups=1) -> Tensor` */
  conv1d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[] | string, dilation?: number | readonly number[], groups?: number): Tensor;
  conv1d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv1d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, options: { dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, dilation: number | readonly number[], options: { groups?: number }): Tensor;
  /** Applies a 2D convolution over an input image composed of several input planes. `aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=1, SymInt[2] padding=0, SymInt[2] dilation=1, SymInt groups=1) -> Tensor` · `aten::conv2d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=1, str padding="valid", SymInt[2] dilation=1, SymInt groups=1) -> Tensor` */
  conv2d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[] | string, dilation?: number | readonly number[], groups?: number): Tensor;
  conv2d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, options: { dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, dilation: number | readonly number[], options: { groups?: number }): Tensor;
  /** Applies a 3D convolution over an input image composed of several input planes. `aten::conv3d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=1, SymInt[3] padding=0, SymInt[3] dilation=1, SymInt groups=1) -> Tensor` · `aten::conv3d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=1, str padding="valid", SymInt[3] dilation=1, SymInt groups=1) -> Tensor` */
  conv3d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[] | string, dilation?: number | readonly number[], groups?: number): Tensor;
  conv3d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv3d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[] | string; dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, options: { dilation?: number | readonly number[]; groups?: number }): Tensor;
  conv3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[] | string, dilation: number | readonly number[], options: { groups?: number }): Tensor;
  /** Applies a 1D transposed convolution operator over an input signal composed of several input planes, sometimes also called "deconvolution". `aten::conv_transpose1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=1, SymInt[1] padding=0, SymInt[1] output_padding=0, SymInt groups=1, SymInt[1] dilation=1) -> Tensor` */
  convTranspose1d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[], outputPadding?: number | readonly number[], groups?: number, dilation?: number | readonly number[]): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], options: { outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], options: { groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose1d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], groups: number, options: { dilation?: number | readonly number[] }): Tensor;
  /** Applies a 2D transposed convolution operator over an input image composed of several input planes, sometimes also called "deconvolution". `aten::conv_transpose2d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=1, SymInt[2] padding=0, SymInt[2] output_padding=0, SymInt groups=1, SymInt[2] dilation=1) -> Tensor` */
  convTranspose2d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[], outputPadding?: number | readonly number[], groups?: number, dilation?: number | readonly number[]): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], options: { outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], options: { groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose2d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], groups: number, options: { dilation?: number | readonly number[] }): Tensor;
  /** Applies a 3D transposed convolution operator over an input image composed of several input planes, sometimes also called "deconvolution" `aten::conv_transpose3d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=1, SymInt[3] padding=0, SymInt[3] output_padding=0, SymInt groups=1, SymInt[3] dilation=1) -> Tensor` */
  convTranspose3d(input: Tensor, weight: Tensor, bias?: Tensor | null, stride?: number | readonly number[], padding?: number | readonly number[], outputPadding?: number | readonly number[], groups?: number, dilation?: number | readonly number[]): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, options: { bias?: Tensor | null; stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, bias: Tensor | null, options: { stride?: number | readonly number[]; padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], options: { padding?: number | readonly number[]; outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], options: { outputPadding?: number | readonly number[]; groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], options: { groups?: number; dilation?: number | readonly number[] }): Tensor;
  convTranspose3d(input: Tensor, weight: Tensor, bias: Tensor | null, stride: number | readonly number[], padding: number | readonly number[], outputPadding: number | readonly number[], groups: number, options: { dilation?: number | readonly number[] }): Tensor;
  /** Compute the cosine embedding loss. `aten::cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=Mean) -> Tensor` */
  cosineEmbeddingLoss(input1: Tensor, input2: Tensor, target: Tensor, margin?: number, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  cosineEmbeddingLoss(input1: Tensor, input2: Tensor, target: Tensor, options: { margin?: number; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  cosineEmbeddingLoss(input1: Tensor, input2: Tensor, target: Tensor, margin: number, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Returns cosine similarity between `x1` and `x2`, computed along dim. `aten::cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor` */
  cosineSimilarity(x1: Tensor, x2: Tensor, dim?: number, eps?: number): Tensor;
  cosineSimilarity(x1: Tensor, x2: Tensor, options: { dim?: number; eps?: number }): Tensor;
  cosineSimilarity(x1: Tensor, x2: Tensor, dim: number, options: { eps?: number }): Tensor;
  /** Compute the cross entropy loss between input logits and target. `aten::cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, SymInt ignore_index=-100, float label_smoothing=0.0) -> Tensor` */
  crossEntropy(input: Tensor, target: Tensor, weight?: Tensor | null, ignoreIndex?: number, reduction?: 'none' | 'mean' | 'sum', labelSmoothing?: number): Tensor;
  crossEntropy(input: Tensor, target: Tensor, options: { weight?: Tensor | null; ignoreIndex?: number; reduction?: 'none' | 'mean' | 'sum'; labelSmoothing?: number }): Tensor;
  crossEntropy(input: Tensor, target: Tensor, weight: Tensor | null, options: { ignoreIndex?: number; reduction?: 'none' | 'mean' | 'sum'; labelSmoothing?: number }): Tensor;
  crossEntropy(input: Tensor, target: Tensor, weight: Tensor | null, ignoreIndex: number, options: { reduction?: 'none' | 'mean' | 'sum'; labelSmoothing?: number }): Tensor;
  crossEntropy(input: Tensor, target: Tensor, weight: Tensor | null, ignoreIndex: number, reduction: 'none' | 'mean' | 'sum', options: { labelSmoothing?: number }): Tensor;
  /** Compute the Connectionist Temporal Classification loss. `aten::ctc_loss.IntList(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, int reduction=Mean, bool zero_infinity=False) -> Tensor` · `aten::ctc_loss.Tensor(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int blank=0, int reduction=Mean, bool zero_infinity=False) -> Tensor` */
  ctcLoss(logProbs: Tensor, targets: Tensor, inputLengths: readonly number[], targetLengths: readonly number[], blank?: number, reduction?: 'none' | 'mean' | 'sum', zeroInfinity?: boolean): Tensor;
  ctcLoss(logProbs: Tensor, targets: Tensor, inputLengths: readonly number[], targetLengths: readonly number[], options: { blank?: number; reduction?: 'none' | 'mean' | 'sum'; zeroInfinity?: boolean }): Tensor;
  ctcLoss(logProbs: Tensor, targets: Tensor, inputLengths: readonly number[], targetLengths: readonly number[], blank: number, options: { reduction?: 'none' | 'mean' | 'sum'; zeroInfinity?: boolean }): Tensor;
  ctcLoss(logProbs: Tensor, targets: Tensor, inputLengths: readonly number[], targetLengths: readonly number[], blank: number, reduction: 'none' | 'mean' | 'sum', options: { zeroInfinity?: boolean }): Tensor;
  ctcLoss(logProbs: Tensor, targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, blank?: number, reduction?: 'none' | 'mean' | 'sum', zeroInfinity?: boolean): Tensor;
  ctcLoss(logProbs: Tensor, targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, options: { blank?: number; reduction?: 'none' | 'mean' | 'sum'; zeroInfinity?: boolean }): Tensor;
  ctcLoss(logProbs: Tensor, targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, blank: number, options: { reduction?: 'none' | 'mean' | 'sum'; zeroInfinity?: boolean }): Tensor;
  ctcLoss(logProbs: Tensor, targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, blank: number, reduction: 'none' | 'mean' | 'sum', options: { zeroInfinity?: boolean }): Tensor;
  /** During training, randomly zeroes some elements of the input tensor with probability `p`. `aten::dropout(Tensor input, float p, bool train) -> Tensor` */
  dropout(input: Tensor, p?: number, training?: boolean): Tensor;
  dropout(input: Tensor, options: { p?: number; training?: boolean }): Tensor;
  dropout(input: Tensor, p: number, options: { training?: boolean }): Tensor;
  /** Randomly zero out entire channels (a channel is a 1D feature map). `aten::feature_dropout(Tensor input, float p, bool train) -> Tensor` */
  dropout1d(input: Tensor, p?: number, training?: boolean): Tensor;
  dropout1d(input: Tensor, options: { p?: number; training?: boolean }): Tensor;
  dropout1d(input: Tensor, p: number, options: { training?: boolean }): Tensor;
  /** Randomly zero out entire channels (a channel is a 2D feature map). `aten::feature_dropout(Tensor input, float p, bool train) -> Tensor` */
  dropout2d(input: Tensor, p?: number, training?: boolean): Tensor;
  dropout2d(input: Tensor, options: { p?: number; training?: boolean }): Tensor;
  dropout2d(input: Tensor, p: number, options: { training?: boolean }): Tensor;
  /** Randomly zero out entire channels (a channel is a 3D feature map). `aten::feature_dropout(Tensor input, float p, bool train) -> Tensor` */
  dropout3d(input: Tensor, p?: number, training?: boolean): Tensor;
  dropout3d(input: Tensor, options: { p?: number; training?: boolean }): Tensor;
  dropout3d(input: Tensor, p: number, options: { training?: boolean }): Tensor;
  /** Apply the Exponential Linear Unit (ELU) function element-wise. `aten::elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor` */
  elu(input: Tensor, options?: { alpha?: Scalar }): Tensor;
  /** In-place version of `elu`. `aten::elu_(Tensor(a!) self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor(a!)` */
  elu_(input: Tensor, options?: { alpha?: Scalar }): Tensor;
  /** Generate a simple lookup table that looks up embeddings in a fixed dictionary and size. `aten::embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor` */
  embedding(input: Tensor, weight: Tensor, paddingIdx?: number, scaleGradByFreq?: boolean, sparse?: boolean): Tensor;
  embedding(input: Tensor, weight: Tensor, options: { paddingIdx?: number; scaleGradByFreq?: boolean; sparse?: boolean }): Tensor;
  embedding(input: Tensor, weight: Tensor, paddingIdx: number, options: { scaleGradByFreq?: boolean; sparse?: boolean }): Tensor;
  embedding(input: Tensor, weight: Tensor, paddingIdx: number, scaleGradByFreq: boolean, options: { sparse?: boolean }): Tensor;
  /** Randomly masks out entire channels (a channel is a feature map). `aten::feature_alpha_dropout(Tensor input, float p, bool train) -> Tensor` */
  featureAlphaDropout(input: Tensor, p?: number, training?: boolean): Tensor;
  featureAlphaDropout(input: Tensor, options: { p?: number; training?: boolean }): Tensor;
  featureAlphaDropout(input: Tensor, p: number, options: { training?: boolean }): Tensor;
  /** Combine an array of sliding local blocks into a large containing tensor. `aten::col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor` */
  fold(input: Tensor, outputSize: number | readonly number[], kernelSize: number | readonly number[], dilation?: number | readonly number[], padding?: number | readonly number[], stride?: number | readonly number[]): Tensor;
  fold(input: Tensor, outputSize: number | readonly number[], kernelSize: number | readonly number[], options: { dilation?: number | readonly number[]; padding?: number | readonly number[]; stride?: number | readonly number[] }): Tensor;
  fold(input: Tensor, outputSize: number | readonly number[], kernelSize: number | readonly number[], dilation: number | readonly number[], options: { padding?: number | readonly number[]; stride?: number | readonly number[] }): Tensor;
  fold(input: Tensor, outputSize: number | readonly number[], kernelSize: number | readonly number[], dilation: number | readonly number[], padding: number | readonly number[], options: { stride?: number | readonly number[] }): Tensor;
  /** When the approximate argument is 'none', it applies element-wise the function GELU(x) = x * \Phi(x) `aten::gelu(Tensor self, *, str approximate='none') -> Tensor` */
  gelu(input: Tensor, options?: { approximate?: 'none' | 'tanh' }): Tensor;
  /** The gated linear unit. `aten::glu(Tensor self, int dim=-1) -> Tensor` */
  glu(input: Tensor, dim?: number): Tensor;
  glu(input: Tensor, options: { dim?: number }): Tensor;
  /** Apply Group Normalization for last certain number of dimensions. `aten::group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enabled=True) -> Tensor` */
  groupNorm(input: Tensor, numGroups: number, weight?: Tensor | null, bias?: Tensor | null, eps?: number): Tensor;
  groupNorm(input: Tensor, numGroups: number, options: { weight?: Tensor | null; bias?: Tensor | null; eps?: number }): Tensor;
  groupNorm(input: Tensor, numGroups: number, weight: Tensor | null, options: { bias?: Tensor | null; eps?: number }): Tensor;
  groupNorm(input: Tensor, numGroups: number, weight: Tensor | null, bias: Tensor | null, options: { eps?: number }): Tensor;
  /** Applies the hard shrinkage function element-wise `aten::hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor` */
  hardshrink(input: Tensor, lambd?: Scalar): Tensor;
  hardshrink(input: Tensor, options: { lambd?: Scalar }): Tensor;
  /** Apply the Hardsigmoid function element-wise. `aten::hardsigmoid(Tensor self) -> Tensor` */
  hardsigmoid(input: Tensor): Tensor;
  /** Apply hardswish function, element-wise. `aten::hardswish(Tensor self) -> Tensor` */
  hardswish(input: Tensor): Tensor;
  /** Applies the HardTanh function element-wise. `aten::hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor` */
  hardtanh(input: Tensor, minVal?: Scalar, maxVal?: Scalar): Tensor;
  hardtanh(input: Tensor, options: { minVal?: Scalar; maxVal?: Scalar }): Tensor;
  hardtanh(input: Tensor, minVal: Scalar, options: { maxVal?: Scalar }): Tensor;
  /** In-place version of `hardtanh`. `aten::hardtanh_(Tensor(a!) self, Scalar min_val=-1, Scalar max_val=1) -> Tensor(a!)` */
  hardtanh_(input: Tensor, minVal?: Scalar, maxVal?: Scalar): Tensor;
  hardtanh_(input: Tensor, options: { minVal?: Scalar; maxVal?: Scalar }): Tensor;
  hardtanh_(input: Tensor, minVal: Scalar, options: { maxVal?: Scalar }): Tensor;
  /** Compute the hinge embedding loss. `aten::hinge_embedding_loss(Tensor self, Tensor target, float margin=1.0, int reduction=Mean) -> Tensor` */
  hingeEmbeddingLoss(input: Tensor, target: Tensor, margin?: number, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  hingeEmbeddingLoss(input: Tensor, target: Tensor, options: { margin?: number; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  hingeEmbeddingLoss(input: Tensor, target: Tensor, margin: number, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Compute the Huber loss, with optional weighting. `aten::huber_loss(Tensor self, Tensor target, int reduction=Mean, float delta=1.0) -> Tensor` */
  huberLoss(input: Tensor, target: Tensor, reduction?: 'none' | 'mean' | 'sum', delta?: number): Tensor;
  huberLoss(input: Tensor, target: Tensor, options: { reduction?: 'none' | 'mean' | 'sum'; delta?: number }): Tensor;
  huberLoss(input: Tensor, target: Tensor, reduction: 'none' | 'mean' | 'sum', options: { delta?: number }): Tensor;
  /** Apply Instance Normalization independently for each channel in every data sample within a batch. `aten::instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats, float momentum, float eps, bool cudnn_enabled) -> Tensor` */
  instanceNorm(input: Tensor, runningMean?: Tensor | null, runningVar?: Tensor | null, weight?: Tensor | null, bias?: Tensor | null, useInputStats?: boolean, momentum?: number, eps?: number): Tensor;
  instanceNorm(input: Tensor, options: { runningMean?: Tensor | null; runningVar?: Tensor | null; weight?: Tensor | null; bias?: Tensor | null; useInputStats?: boolean; momentum?: number; eps?: number }): Tensor;
  instanceNorm(input: Tensor, runningMean: Tensor | null, options: { runningVar?: Tensor | null; weight?: Tensor | null; bias?: Tensor | null; useInputStats?: boolean; momentum?: number; eps?: number }): Tensor;
  instanceNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, options: { weight?: Tensor | null; bias?: Tensor | null; useInputStats?: boolean; momentum?: number; eps?: number }): Tensor;
  instanceNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, weight: Tensor | null, options: { bias?: Tensor | null; useInputStats?: boolean; momentum?: number; eps?: number }): Tensor;
  instanceNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, weight: Tensor | null, bias: Tensor | null, options: { useInputStats?: boolean; momentum?: number; eps?: number }): Tensor;
  instanceNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, weight: Tensor | null, bias: Tensor | null, useInputStats: boolean, options: { momentum?: number; eps?: number }): Tensor;
  instanceNorm(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, weight: Tensor | null, bias: Tensor | null, useInputStats: boolean, momentum: number, options: { eps?: number }): Tensor;
  /** Compute the KL Divergence loss. `aten::kl_div(Tensor self, Tensor target, int reduction=Mean, *, bool log_target=False) -> Tensor` */
  klDiv(input: Tensor, target: Tensor, reduction?: 'none' | 'mean' | 'sum', options?: { logTarget?: boolean }): Tensor;
  klDiv(input: Tensor, target: Tensor, options: { reduction?: 'none' | 'mean' | 'sum'; logTarget?: boolean }): Tensor;
  /** Compute the L1 loss, with optional weighting. `aten::l1_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor` */
  l1Loss(input: Tensor, target: Tensor, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  l1Loss(input: Tensor, target: Tensor, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Apply Layer Normalization for last certain number of dimensions. `aten::layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enable=True) -> Tensor` */
  layerNorm(input: Tensor, normalizedShape: readonly number[], weight?: Tensor | null, bias?: Tensor | null, eps?: number): Tensor;
  layerNorm(input: Tensor, normalizedShape: readonly number[], options: { weight?: Tensor | null; bias?: Tensor | null; eps?: number }): Tensor;
  layerNorm(input: Tensor, normalizedShape: readonly number[], weight: Tensor | null, options: { bias?: Tensor | null; eps?: number }): Tensor;
  layerNorm(input: Tensor, normalizedShape: readonly number[], weight: Tensor | null, bias: Tensor | null, options: { eps?: number }): Tensor;
  /** Applies element-wise, LeakyReLU(x) = \max(0, x) + negative_slope * \min(0, x) `aten::leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor` */
  leakyRelu(input: Tensor, negativeSlope?: Scalar): Tensor;
  leakyRelu(input: Tensor, options: { negativeSlope?: Scalar }): Tensor;
  /** In-place version of `leaky_relu`. `aten::leaky_relu_(Tensor(a!) self, Scalar negative_slope=0.01) -> Tensor(a!)` */
  leakyRelu_(input: Tensor, negativeSlope?: Scalar): Tensor;
  leakyRelu_(input: Tensor, options: { negativeSlope?: Scalar }): Tensor;
  /** Applies a linear transformation to the incoming data: y = xA^T + b. `aten::linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor` */
  linear(input: Tensor, weight: Tensor, bias?: Tensor | null): Tensor;
  linear(input: Tensor, weight: Tensor, options: { bias?: Tensor | null }): Tensor;
  /** Apply a softmax followed by a logarithm. `aten::log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor` */
  logSoftmax(input: Tensor, dim: number, dtype?: DType | null): Tensor;
  logSoftmax(input: Tensor, options: { dim: number; dtype?: DType | null }): Tensor;
  logSoftmax(input: Tensor, dim: number, options: { dtype?: DType | null }): Tensor;
  /** Applies element-wise LogSigmoid(x_i) = \log (\frac{1}{1 + \exp(-x_i)}) `aten::log_sigmoid(Tensor self) -> Tensor` */
  logsigmoid(input: Tensor): Tensor;
  /** Compute the margin ranking loss. `aten::margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=Mean) -> Tensor` */
  marginRankingLoss(input1: Tensor, input2: Tensor, target: Tensor, margin?: number, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  marginRankingLoss(input1: Tensor, input2: Tensor, target: Tensor, options: { margin?: number; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  marginRankingLoss(input1: Tensor, input2: Tensor, target: Tensor, margin: number, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Applies a 1D max pooling over an input signal composed of several input planes. `aten::max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, int[1] dilation=1, bool ceil_mode=False) -> Tensor` */
  maxPool1d(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], dilation?: number | readonly number[], ceilMode?: boolean): Tensor;
  maxPool1d(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool1d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], dilation: number | readonly number[], options: { ceilMode?: boolean }): Tensor;
  /** Applies a 1D max pooling over an input signal composed of several input planes. `aten::max_pool1d_with_indices(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, int[1] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)` */
  maxPool1dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], dilation?: number | readonly number[], ceilMode?: boolean): readonly [Tensor, Tensor];
  maxPool1dWithIndices(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): readonly [Tensor, Tensor];
  maxPool1dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): readonly [Tensor, Tensor];
  maxPool1dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { dilation?: number | readonly number[]; ceilMode?: boolean }): readonly [Tensor, Tensor];
  maxPool1dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], dilation: number | readonly number[], options: { ceilMode?: boolean }): readonly [Tensor, Tensor];
  /** Applies a 2D max pooling over an input signal composed of several input planes. `aten::max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor` */
  maxPool2d(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], dilation?: number | readonly number[], ceilMode?: boolean): Tensor;
  maxPool2d(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool2d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool2d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool2d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], dilation: number | readonly number[], options: { ceilMode?: boolean }): Tensor;
  /** Applies a 2D max pooling over an input signal composed of several input planes. `aten::max_pool2d_with_indices(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)` */
  maxPool2dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], dilation?: number | readonly number[], ceilMode?: boolean): readonly [Tensor, Tensor];
  maxPool2dWithIndices(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): readonly [Tensor, Tensor];
  maxPool2dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): readonly [Tensor, Tensor];
  maxPool2dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { dilation?: number | readonly number[]; ceilMode?: boolean }): readonly [Tensor, Tensor];
  maxPool2dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], dilation: number | readonly number[], options: { ceilMode?: boolean }): readonly [Tensor, Tensor];
  /** Applies a 3D max pooling over an input signal composed of several input planes. `aten::max_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> Tensor` */
  maxPool3d(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], dilation?: number | readonly number[], ceilMode?: boolean): Tensor;
  maxPool3d(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool3d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool3d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { dilation?: number | readonly number[]; ceilMode?: boolean }): Tensor;
  maxPool3d(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], dilation: number | readonly number[], options: { ceilMode?: boolean }): Tensor;
  /** Applies a 3D max pooling over an input signal composed of several input planes. `aten::max_pool3d_with_indices(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)` */
  maxPool3dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride?: number | readonly number[], padding?: number | readonly number[], dilation?: number | readonly number[], ceilMode?: boolean): readonly [Tensor, Tensor];
  maxPool3dWithIndices(input: Tensor, kernelSize: number | readonly number[], options: { stride?: number | readonly number[]; padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): readonly [Tensor, Tensor];
  maxPool3dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], options: { padding?: number | readonly number[]; dilation?: number | readonly number[]; ceilMode?: boolean }): readonly [Tensor, Tensor];
  maxPool3dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], options: { dilation?: number | readonly number[]; ceilMode?: boolean }): readonly [Tensor, Tensor];
  maxPool3dWithIndices(input: Tensor, kernelSize: number | readonly number[], stride: number | readonly number[], padding: number | readonly number[], dilation: number | readonly number[], options: { ceilMode?: boolean }): readonly [Tensor, Tensor];
  /** Apply the Mish function, element-wise. `aten::mish(Tensor self) -> Tensor` */
  mish(input: Tensor): Tensor;
  /** Compute the element-wise mean squared error, with optional weighting. `aten::mse_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor` */
  mseLoss(input: Tensor, target: Tensor, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  mseLoss(input: Tensor, target: Tensor, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Compute the multi margin loss, with optional weighting. `aten::multi_margin_loss(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? weight=None, int reduction=Mean) -> Tensor` */
  multiMarginLoss(input: Tensor, target: Tensor, p?: Scalar, margin?: Scalar, weight?: Tensor | null, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  multiMarginLoss(input: Tensor, target: Tensor, options: { p?: Scalar; margin?: Scalar; weight?: Tensor | null; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  multiMarginLoss(input: Tensor, target: Tensor, p: Scalar, options: { margin?: Scalar; weight?: Tensor | null; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  multiMarginLoss(input: Tensor, target: Tensor, p: Scalar, margin: Scalar, options: { weight?: Tensor | null; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  multiMarginLoss(input: Tensor, target: Tensor, p: Scalar, margin: Scalar, weight: Tensor | null, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Compute the multilabel margin loss. `aten::multilabel_margin_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor` */
  multilabelMarginLoss(input: Tensor, target: Tensor, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  multilabelMarginLoss(input: Tensor, target: Tensor, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Compute the negative log likelihood loss. `aten::nll_loss_nd(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, SymInt ignore_index=-100) -> Tensor` */
  nllLoss(input: Tensor, target: Tensor, weight?: Tensor | null, ignoreIndex?: number, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  nllLoss(input: Tensor, target: Tensor, options: { weight?: Tensor | null; ignoreIndex?: number; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  nllLoss(input: Tensor, target: Tensor, weight: Tensor | null, options: { ignoreIndex?: number; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  nllLoss(input: Tensor, target: Tensor, weight: Tensor | null, ignoreIndex: number, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Takes LongTensor with index values of shape `(*)` and returns a tensor of shape `(*, num_classes)` that have zeros everywhere except where the index of last dimension matches the corresponding... `aten::one_hot(Tensor self, int num_classes=-1) -> Tensor` */
  oneHot(input: Tensor, numClasses?: number): Tensor;
  oneHot(input: Tensor, options: { numClasses?: number }): Tensor;
  /** Pads tensor. `aten::pad(Tensor self, SymInt[] pad, str mode="constant", float? value=None) -> Tensor` */
  pad(input: Tensor, pad: readonly number[], mode?: string, value?: number | null): Tensor;
  pad(input: Tensor, pad: readonly number[], options: { mode?: string; value?: number | null }): Tensor;
  pad(input: Tensor, pad: readonly number[], mode: string, options: { value?: number | null }): Tensor;
  /** See `torch.nn.PairwiseDistance` for details `aten::pairwise_distance(Tensor x1, Tensor x2, float p=2, float eps=1e-06, bool keepdim=False) -> Tensor` */
  pairwiseDistance(x1: Tensor, x2: Tensor, p?: number, eps?: number, keepdim?: boolean): Tensor;
  pairwiseDistance(x1: Tensor, x2: Tensor, options: { p?: number; eps?: number; keepdim?: boolean }): Tensor;
  pairwiseDistance(x1: Tensor, x2: Tensor, p: number, options: { eps?: number; keepdim?: boolean }): Tensor;
  pairwiseDistance(x1: Tensor, x2: Tensor, p: number, eps: number, options: { keepdim?: boolean }): Tensor;
  /** Computes the p-norm distance between every pair of row vectors in the input. `aten::pdist(Tensor self, float p=2) -> Tensor` */
  pdist(input: Tensor, p?: number): Tensor;
  pdist(input: Tensor, options: { p?: number }): Tensor;
  /** Rearranges elements in a tensor of shape (*, C \times r^2, H, W) to a tensor of shape (*, C, H \times r, W \times r), where r is the `upscale_factor`. `aten::pixel_shuffle(Tensor self, int upscale_factor) -> Tensor` */
  pixelShuffle(input: Tensor, upscaleFactor: number): Tensor;
  /** Reverses the `torch.nn.PixelShuffle` operation by rearranging elements in a tensor of shape (*, C, H \times r, W \times r) to a tensor of shape (*, C \times r^2, H, W), where r is the... `aten::pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor` */
  pixelUnshuffle(input: Tensor, downscaleFactor: number): Tensor;
  /** Compute the Poisson negative log likelihood loss. `aten::poisson_nll_loss(Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction) -> Tensor` */
  poissonNllLoss(input: Tensor, target: Tensor, logInput?: boolean, full?: boolean, eps?: number, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  poissonNllLoss(input: Tensor, target: Tensor, options: { logInput?: boolean; full?: boolean; eps?: number; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  poissonNllLoss(input: Tensor, target: Tensor, logInput: boolean, options: { full?: boolean; eps?: number; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  poissonNllLoss(input: Tensor, target: Tensor, logInput: boolean, full: boolean, options: { eps?: number; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  poissonNllLoss(input: Tensor, target: Tensor, logInput: boolean, full: boolean, eps: number, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Applies element-wise the function PReLU(x) = \max(0,x) + weight * \min(0,x) where weight is a learnable parameter. `aten::prelu(Tensor self, Tensor weight) -> Tensor` */
  prelu(input: Tensor, weight: Tensor): Tensor;
  /** Applies the rectified linear unit function element-wise. `aten::relu(Tensor self) -> Tensor` */
  relu(input: Tensor): Tensor;
  /** Applies the element-wise function ReLU6(x) = \min(\max(0,x), 6). `aten::relu6(Tensor self) -> Tensor` */
  relu6(input: Tensor): Tensor;
  /** In-place version of `relu`. `aten::relu_(Tensor(a!) self) -> Tensor(a!)` */
  relu_(input: Tensor): Tensor;
  /** Apply Root Mean Square Layer Normalization. `aten::rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor` */
  rmsNorm(input: Tensor, normalizedShape: readonly number[], weight?: Tensor | null, eps?: number | null): Tensor;
  rmsNorm(input: Tensor, normalizedShape: readonly number[], options: { weight?: Tensor | null; eps?: number | null }): Tensor;
  rmsNorm(input: Tensor, normalizedShape: readonly number[], weight: Tensor | null, options: { eps?: number | null }): Tensor;
  /** Randomized leaky ReLU. `aten::rrelu(Tensor self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None) -> Tensor` */
  rrelu(input: Tensor, lower?: Scalar, upper?: Scalar, training?: boolean): Tensor;
  rrelu(input: Tensor, options: { lower?: Scalar; upper?: Scalar; training?: boolean }): Tensor;
  rrelu(input: Tensor, lower: Scalar, options: { upper?: Scalar; training?: boolean }): Tensor;
  rrelu(input: Tensor, lower: Scalar, upper: Scalar, options: { training?: boolean }): Tensor;
  /** In-place version of `rrelu`. `aten::rrelu_(Tensor(a!) self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None) -> Tensor(a!)` */
  rrelu_(input: Tensor, lower?: Scalar, upper?: Scalar, training?: boolean): Tensor;
  rrelu_(input: Tensor, options: { lower?: Scalar; upper?: Scalar; training?: boolean }): Tensor;
  rrelu_(input: Tensor, lower: Scalar, options: { upper?: Scalar; training?: boolean }): Tensor;
  rrelu_(input: Tensor, lower: Scalar, upper: Scalar, options: { training?: boolean }): Tensor;
  /** is_causal=False, scale=None, enable_gqa=False) -> Tensor `aten::scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor` */
  scaledDotProductAttention(query: Tensor, key: Tensor, value: Tensor, attnMask?: Tensor | null, dropoutP?: number, isCausal?: boolean, options?: { scale?: number | null; enableGqa?: boolean }): Tensor;
  scaledDotProductAttention(query: Tensor, key: Tensor, value: Tensor, options: { attnMask?: Tensor | null; dropoutP?: number; isCausal?: boolean; scale?: number | null; enableGqa?: boolean }): Tensor;
  scaledDotProductAttention(query: Tensor, key: Tensor, value: Tensor, attnMask: Tensor | null, options: { dropoutP?: number; isCausal?: boolean; scale?: number | null; enableGqa?: boolean }): Tensor;
  scaledDotProductAttention(query: Tensor, key: Tensor, value: Tensor, attnMask: Tensor | null, dropoutP: number, options: { isCausal?: boolean; scale?: number | null; enableGqa?: boolean }): Tensor;
  /** Applies element-wise, SELU(x) = scale * (\max(0,x) + \min(0, \alpha * (\exp(x) - 1))), with \alpha=1.6732632423543772848170429916717 and scale=1.0507009873554804934193349852946. `aten::selu(Tensor self) -> Tensor` */
  selu(input: Tensor): Tensor;
  /** In-place version of `selu`. `aten::selu_(Tensor(a!) self) -> Tensor(a!)` */
  selu_(input: Tensor): Tensor;
  /** Applies the element-wise function Sigmoid(x) = \frac{1}{1 + \exp(-x)} `aten::sigmoid(Tensor self) -> Tensor` */
  sigmoid(input: Tensor): Tensor;
  /** Apply the Sigmoid Linear Unit (SiLU) function, element-wise. `aten::silu(Tensor self) -> Tensor` */
  silu(input: Tensor): Tensor;
  /** Compute the Smooth L1 loss. `aten::smooth_l1_loss(Tensor self, Tensor target, int reduction=Mean, float beta=1.0) -> Tensor` */
  smoothL1Loss(input: Tensor, target: Tensor, reduction?: 'none' | 'mean' | 'sum', beta?: number): Tensor;
  smoothL1Loss(input: Tensor, target: Tensor, options: { reduction?: 'none' | 'mean' | 'sum'; beta?: number }): Tensor;
  smoothL1Loss(input: Tensor, target: Tensor, reduction: 'none' | 'mean' | 'sum', options: { beta?: number }): Tensor;
  /** Compute the soft margin loss. `aten::soft_margin_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor` */
  softMarginLoss(input: Tensor, target: Tensor, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  softMarginLoss(input: Tensor, target: Tensor, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Apply a softmax function. `aten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor` */
  softmax(input: Tensor, dim: number, dtype?: DType | null): Tensor;
  softmax(input: Tensor, options: { dim: number; dtype?: DType | null }): Tensor;
  softmax(input: Tensor, dim: number, options: { dtype?: DType | null }): Tensor;
  /** Applies element-wise, the function Softplus(x) = \frac{1}{\beta} * \log(1 + \exp(\beta * x)). `aten::softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor` */
  softplus(input: Tensor, beta?: Scalar, threshold?: Scalar): Tensor;
  softplus(input: Tensor, options: { beta?: Scalar; threshold?: Scalar }): Tensor;
  softplus(input: Tensor, beta: Scalar, options: { threshold?: Scalar }): Tensor;
  /** Applies the soft shrinkage function elementwise `aten::softshrink(Tensor self, Scalar lambd=0.5) -> Tensor` */
  softshrink(input: Tensor, lambd?: Scalar): Tensor;
  softshrink(input: Tensor, options: { lambd?: Scalar }): Tensor;
  /** Applies element-wise, Tanh(x) = \tanh(x) = \frac{\exp(x) - \exp(-x)}{\exp(x) + \exp(-x)} `aten::tanh(Tensor self) -> Tensor` */
  tanh(input: Tensor): Tensor;
  /** Apply a threshold to each element of the input Tensor. `aten::threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor` */
  threshold(input: Tensor, threshold: Scalar, value: Scalar): Tensor;
  /** In-place version of `threshold`. `aten::threshold_(Tensor(a!) self, Scalar threshold, Scalar value) -> Tensor(a!)` */
  threshold_(input: Tensor, threshold: Scalar, value: Scalar): Tensor;
  /** Compute the triplet loss between given input tensors and a margin greater than 0. `aten::triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1.0, float p=2, float eps=1e-06, bool swap=False, int reduction=Mean) -> Tensor` */
  tripletMarginLoss(anchor: Tensor, positive: Tensor, negative: Tensor, margin?: number, p?: number, eps?: number, swap?: boolean, reduction?: 'none' | 'mean' | 'sum'): Tensor;
  tripletMarginLoss(anchor: Tensor, positive: Tensor, negative: Tensor, options: { margin?: number; p?: number; eps?: number; swap?: boolean; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  tripletMarginLoss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: number, options: { p?: number; eps?: number; swap?: boolean; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  tripletMarginLoss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: number, p: number, options: { eps?: number; swap?: boolean; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  tripletMarginLoss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: number, p: number, eps: number, options: { swap?: boolean; reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  tripletMarginLoss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: number, p: number, eps: number, swap: boolean, options: { reduction?: 'none' | 'mean' | 'sum' }): Tensor;
  /** Extract sliding local blocks from a batched input tensor. `aten::im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor` */
  unfold(input: Tensor, kernelSize: number | readonly number[], dilation?: number | readonly number[], padding?: number | readonly number[], stride?: number | readonly number[]): Tensor;
  unfold(input: Tensor, kernelSize: number | readonly number[], options: { dilation?: number | readonly number[]; padding?: number | readonly number[]; stride?: number | readonly number[] }): Tensor;
  unfold(input: Tensor, kernelSize: number | readonly number[], dilation: number | readonly number[], options: { padding?: number | readonly number[]; stride?: number | readonly number[] }): Tensor;
  unfold(input: Tensor, kernelSize: number | readonly number[], dilation: number | readonly number[], padding: number | readonly number[], options: { stride?: number | readonly number[] }): Tensor;
}
