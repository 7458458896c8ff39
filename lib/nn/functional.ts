/** Functions of neural networks under PyTorch's names (torch.nn.functional), generated from the operator schemas. */
export { functionalOperators as functional } from '../tensor/index.js';
