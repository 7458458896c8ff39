/**
 * Runs chat templates, which come with models and so from anywhere, within a budget: a template that loops or grows
 * without end is an error. The budget counts steps and sizes, never time, so that a template which passes does so on
 * every machine, however busy.
 */
import { Environment, Interpreter, type Template } from '@huggingface/jinja';

/** Far above what a conversation of two thousand messages takes, and spent within seconds. */
const budget = 500_000;
/** Steps for a loop's iteration, an element of a new value, one of a value looked up, and a character of either. */
const cost = { iteration: 3, element: 1 / 4, oldElement: 1 / 64, character: 1 / 1024 };
/** Every number of a range is an object of the interpreter. */
const maxRange = 100_000;

// What matters here of the package's classes: it publishes types that only a bundler resolves.
interface Node {
  type: string;
  iterable?: Node;
  lhs?: Node;
  value?: Node;
}
interface Value {
  value: unknown;
}
interface Scope {
  set(name: string, value: unknown): void;
}
interface Runner {
  evaluate(node: Node | undefined, scope: Scope): Value;
  run(program: unknown): Value;
}
const BaseInterpreter = Interpreter as new (scope: Scope) => Runner;

class BoundedInterpreter extends BaseInterpreter {
  private left = budget;
  /** Nodes whose value a loop goes through, element by element. */
  private readonly looped = new WeakSet<object>();
  /** Nodes whose value becomes a part of another value. */
  private readonly stored = new WeakSet<object>();

  override evaluate(node: Node | undefined, scope: Scope): Value {
    this.spend(1);
    if (node === undefined) return super.evaluate(node, scope);
    const { type, iterable, value: part } = node;
    if (type === 'For' && iterable) this.looped.add(iterable.lhs ?? iterable);
    if (type === 'Set' && part) this.stored.add(part);
    const value = super.evaluate(node, scope);
    if (this.looped.has(node)) this.spend(sizeOf(value) * cost.iteration);
    // A name or member is an old value: looking it up makes nothing.
    const isOld = (type === 'Identifier' || type === 'MemberExpression') && !this.stored.has(node);
    if (isOld && typeof value.value !== 'string') this.spend(sizeOf(value) * cost.oldElement);
    else this.charge(value);
    return value;
  }

  /** Charges a value with all that it contains, as often as it contains it: that is what printing or comparing costs. */
  private charge(value: unknown): void {
    const content = (value as Value).value;
    if (typeof content === 'string') {
      this.spend(content.length * cost.character);
      return;
    }
    const parts = content instanceof Map ? content.values() : Array.isArray(content) ? content : null;
    if (parts === null) return;
    for (const part of parts) {
      this.spend(cost.element);
      this.charge(part);
    }
  }

  private spend(amount: number): void {
    this.left -= amount;
    if (this.left < 0) throw new Error('it takes too many steps or makes too large values');
  }
}

function sizeOf({ value: content }: Value): number {
  if (Array.isArray(content)) return content.length;
  return content instanceof Map ? content.size : 1;
}

/** The text of a template with these variables. @throws Error also when the budget does not suffice */
export function renderTemplate({ parsed }: Template, variables: Record<string, unknown>): string {
  const scope = new Environment() as Scope;
  for (const [name, value] of Object.entries({ ...globals, ...variables })) scope.set(name, value);
  return String(new BoundedInterpreter(scope).run(parsed).value);
}

/** What the package and transformers give every template. */
const globals = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  raise_exception: (message: string) => {
    throw new Error(message);
  },
  range,
  strftime_now: (format: string) => formatTime(new Date(), format),
};

/** Python's range. */
function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= maxRange)) throw new Error(`range(): ${length} numbers; at most ${maxRange}`);
  return Array.from({ length }, (_, i) => from + i * step);
}

const months = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** The directives of Python's strftime that chat templates use, in local time; others stay as they are. */
function formatTime(date: Date, format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const month = months[date.getMonth()];
  const fields: Record<string, string> = {
    '%Y': String(date.getFullYear()),
    '%m': two(date.getMonth() + 1),
    '%d': two(date.getDate()),
    '%b': month.slice(0, 3),
    '%B': month,
    '%H': two(date.getHours()),
    '%M': two(date.getMinutes()),
    '%S': two(date.getSeconds()),
    '%%': '%',
  };
  return format.replace(/%./g, (directive) => fields[directive] ?? directive);
}
