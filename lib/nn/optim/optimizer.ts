/**
 * What all optimizers have in common: parameter groups with their own options, lazily made state, and state dicts.
 */
import {
  checkOption,
  checkOptions,
  keep,
  kinds,
  type OptionKind,
  required,
  Tensor,
} from '../../tensor/index.js';
import { freeGrad } from '../module.js';

/** Tensors to train, or groups of them with options of their own. */
export type Params<O> = Iterable<Tensor> | Iterable<{ params: Iterable<Tensor> } & Partial<O>>;

/** Parameters under one set of options. `lr` may change between steps; `initialLr` is what schedules scale. */
export type ParamGroup<O> = O & { params: Tensor[]; initialLr: number };

export interface OptimizerStateDict<O> {
  /** `<index of the parameter>.<name>` -> tensor, under PyTorch's names: `0.exp_avg`. */
  state: Record<string, Tensor>;
  /** Plain JSON; parameters are numbered through all groups in order. */
  paramGroups: (O & { initialLr: number; params: number[] })[];
}

export abstract class Optimizer<O extends { lr: number }> {
  readonly paramGroups: ParamGroup<O>[];
  readonly #savedKinds: Readonly<Record<string, OptionKind>>;
  /** Tensors kept between steps, by parameter; a parameter gets them at its first step with a gradient. */
  protected readonly state = new Map<Tensor, Record<string, Tensor>>();
  /** The names of these tensors, and what each is: like its parameter, or one number (float32). */
  protected abstract readonly stateKinds: Readonly<Record<string, 'like' | 'scalar'>>;

  constructor(
    params: Params<O>,
    defaults: O,
    options: Partial<O>,
    optionKinds: Readonly<Record<keyof O & string, OptionKind>>,
  ) {
    checkOptions(new.target.name, options, optionKinds);
    this.#savedKinds = {
      ...optionKinds,
      lr: required(optionKinds.lr),
      initialLr: required(optionKinds.lr),
      params: required(kinds.list),
    };
    const groupKinds = { params: required(kinds.passedOn), ...optionKinds };
    const items = [...params];
    const groups = items.every((item) => item instanceof Tensor) ? [{ params: items }] : items;
    this.paramGroups = groups.map((group, i) => {
      if (group instanceof Tensor)
        throw new TypeError(`params[${i}] is a Tensor beside parameter groups: use one kind`);
      checkOptions(`${new.target.name}: params[${i}]`, group as Partial<O> & { params: unknown }, groupKinds);
      const merged = { ...defaults, ...options, ...group, params: [...group.params] };
      return { ...merged, initialLr: merged.lr };
    });
    const all = this.#parameters();
    if (all.length === 0) throw new RangeError('an optimizer needs at least one parameter');
    if (new Set(all).size !== all.length) throw new RangeError('a parameter appears twice in the optimizer');
  }

  /** Updates every parameter that has a gradient. */
  abstract step(): void;

  /** Frees all gradients: clone one that must outlive the call. */
  zeroGrad(): void {
    for (const tensor of this.#parameters()) freeGrad(tensor);
  }

  /** Sets each group's learning rate to `factor` times its initial one (see the schedules). */
  scaleLr(factor: number): void {
    checkOption('scaleLr', 'factor', factor, required(kinds.notNegative));
    for (const group of this.paramGroups) group.lr = group.initialLr * factor;
  }

  /** State and options; the tensors share memory with the optimizer: clone to keep a copy. */
  stateDict(): OptimizerStateDict<O> {
    const index = new Map(this.#parameters().map((tensor, i) => [tensor, i]));
    const state: Record<string, Tensor> = {};
    for (const [parameter, tensors] of this.state) {
      for (const [name, tensor] of Object.entries(tensors))
        state[`${index.get(parameter)}.${name}`] = tensor.detach();
    }
    const paramGroups = this.paramGroups.map((group) => ({
      ...group,
      params: group.params.map((tensor) => index.get(tensor)!),
    }));
    return { state, paramGroups };
  }

  /**
   * Takes over a copy of saved state, in the dtypes that it has here.
   * @throws Error when it belongs to other parameters or is no whole state; nothing changes then
   */
  loadStateDict({ state, paramGroups }: OptimizerStateDict<O>): void {
    checkOption('loadStateDict', 'paramGroups', paramGroups, required(kinds.list));
    for (const [i, group] of paramGroups.entries())
      checkOptions(`loadStateDict: paramGroups[${i}]`, group, this.#savedKinds);
    const sizes = (groups: { params: unknown[] }[]) => groups.map((group) => group.params.length).join(', ');
    if (sizes(paramGroups) !== sizes(this.paramGroups)) {
      throw new Error(
        `optimizer state has groups of [${sizes(paramGroups)}] parameters; this one has [${sizes(this.paramGroups)}]`,
      );
    }
    const loaded = this.#wholeState(state);
    this.#disposeState();
    for (const [parameter, tensors] of loaded) {
      const { device } = parameter;
      const copy = ([name, tensor]: [string, Tensor]) => {
        const dtype = this.stateKinds[name] === 'scalar' ? 'float32' : parameter.dtype;
        return [name, keep(tensor.to({ device, dtype, copy: true }))];
      };
      this.state.set(parameter, Object.fromEntries(Object.entries(tensors).map(copy)));
    }
    for (const [i, group] of this.paramGroups.entries())
      Object.assign(group, { ...paramGroups[i], params: group.params });
  }

  /** Saved tensors by parameter, all that each needs. */
  #wholeState(state: Record<string, Tensor>): Map<Tensor, Record<string, Tensor>> {
    const parameters = this.#parameters();
    const found = new Map<Tensor, Record<string, Tensor>>();
    for (const [key, tensor] of Object.entries(state)) {
      const [, index, name = ''] = /^(\d+)\.(\w+)$/.exec(key) ?? [];
      const parameter = parameters[Number(index)];
      if (parameter === undefined || !Object.hasOwn(this.stateKinds, name))
        throw new Error(`optimizer state has the unknown key ${key}`);
      const isNumber = this.stateKinds[name] === 'scalar';
      const fits = isNumber ? tensor.numel() === 1 : `${tensor.shape}` === `${parameter.shape}`;
      if (!fits) {
        const expected = isNumber ? 'one number' : `its parameter's, [${parameter.shape}]`;
        throw new Error(`optimizer state ${key} has shape [${tensor.shape}], expected ${expected}`);
      }
      found.set(parameter, { ...found.get(parameter), [name]: tensor });
    }
    for (const [parameter, tensors] of found) {
      const missing = Object.keys(this.stateKinds).find((name) => tensors[name] === undefined);
      if (missing !== undefined)
        throw new Error(`optimizer state lacks ${parameters.indexOf(parameter)}.${missing}`);
    }
    return found;
  }

  /** Frees the optimizer's state; the parameters stay. */
  dispose(): void {
    this.#disposeState();
  }

  protected stateOf(parameter: Tensor, make: () => Record<string, Tensor>): Record<string, Tensor> {
    let tensors = this.state.get(parameter);
    if (tensors === undefined) {
      tensors = make();
      for (const tensor of Object.values(tensors)) keep(tensor);
      this.state.set(parameter, tensors);
    }
    return tensors;
  }

  #parameters(): Tensor[] {
    return this.paramGroups.flatMap((group) => group.params);
  }

  #disposeState(): void {
    for (const tensors of this.state.values()) for (const tensor of Object.values(tensors)) tensor.dispose();
    this.state.clear();
  }
}
