/**
 * The Bayes-optimal bound: the best accuracy that an observer of one track's events (or of both, or of none) can reach on
 * the questions. It is computed exactly from the generative process by enumeration: all 108 x 108 timelines with all
 * questions that the generator can ask on them and their probabilities.
 *
 * Why this is exact. The generator draws a pair of forms for each kind, then timelines and candidates until all
 * are allowed; `weight` below is that probability. Given a timeline, names of events and the order of options are
 * uniform and independent of times, so all that an observer knows of a question is its form, the second that it
 * names, and the time ranks of those named events whose track it observes. When the options are events of a track
 * that it does not observe, exchanging their names changes nothing that it knows and moves the answer: 1/options.
 * Otherwise the best guess is the option most probable given all that it knows (Bayes): the accuracy is the sum,
 * over everything that it can know, of the largest joint weight. A picture or waveform holds no more information than its event
 * list, so no model that is given one track does better, on average over the clips that seeds draw. (That no two
 * clips of a dataset are equal changes these figures by less than the chance of a repetition, below 10^-9 a pair.)
 */
import { type Track, trackTimings } from './events.js';
import { candidates, FORM_PAIRS, type Form, type Kind, type Question, type Ref } from './questions.js';

/** What an observer knows besides the question. */
type Observer = 'none' | 'seen' | 'heard' | 'both';

export interface BayesOptimalRow {
  kind: Kind;
  /** A single form, or `all` forms as often as they are asked. */
  form: Form | 'all';
  /** Fraction of the kind's questions. */
  fraction: number;
  /** Mean of 1 / number of options. */
  chance: number;
  /** Best possible accuracy in [0, 1]. */
  best: Record<Observer, number>;
}

const OBSERVERS: Record<Observer, readonly Track[]> = {
  none: [],
  seen: ['seen'],
  heard: ['heard'],
  both: ['seen', 'heard'],
};
const OBSERVER_NAMES = Object.keys(OBSERVERS) as Observer[];
const KINDS = Object.keys(FORM_PAIRS) as Kind[];

/** The figures for every synthetic dataset, whatever its seed: per kind one row for all forms, then one for each form. */
export function bayesOptimal(): BayesOptimalRow[] {
  const tallies = enumerate();
  return KINDS.flatMap((kind) => {
    const rows = formsOf(kind).map((form) => tallies.get(nameOf(kind, form))!.row(kind, form));
    const mean = (value: (row: BayesOptimalRow) => number) =>
      rows.reduce((sum, row) => sum + row.fraction * value(row), 0);
    const best = mapObservers((who) => mean((row) => row.best[who]));
    return [{ kind, form: 'all' as const, fraction: 1, chance: mean((row) => row.chance), best }, ...rows];
  });
}

/** Tallies every question on every timeline with its joint probability. */
function enumerate(): Map<string, Tally> {
  const timelines = trackTimings.flatMap((seen, i) =>
    trackTimings.map((heard, j) => {
      const ask = (kind: Kind) => formsOf(kind).map((form) => candidates({ seen, heard }, kind, form));
      const lists = Object.fromEntries(KINDS.map((kind) => [kind, ask(kind)])) as Record<Kind, Question[][]>;
      // In how many ways each pair of `both` forms can be asked here; the other kinds never lack a candidate.
      const forms = formsOf('both');
      const count = (form: Form) => lists.both[forms.indexOf(form)]!.length;
      const ways = FORM_PAIRS.both.map(([first, second]) => count(first) * count(second));
      return { index: { none: 0, seen: i, heard: j, both: i * trackTimings.length + j }, lists, ways };
    }),
  );
  const allWays = FORM_PAIRS.both.map((_, p) => timelines.reduce((sum, { ways }) => sum + ways[p]!, 0));
  const tallies = new Map(
    KINDS.flatMap((kind) => formsOf(kind).map((form) => [nameOf(kind, form), new Tally()] as const)),
  );
  for (const { index, lists, ways } of timelines) {
    const fraction = ways.map((n, p) => n / allWays[p]! / ways.length);
    const total = fraction.reduce((sum, x) => sum + x, 0);
    if (total === 0) continue;
    for (const kind of KINDS) {
      formsOf(kind).forEach((form, f) => {
        const pairs = FORM_PAIRS[kind].map((pair) => (pair.includes(form) ? 1 : 0));
        const weight =
          kind === 'both'
            ? pairs.reduce<number>((sum, has, p) => sum + has * fraction[p]!, 0)
            : (total * pairs.reduce<number>((sum, has) => sum + has, 0)) / pairs.length;
        const list = lists[kind][f]!;
        // Two questions of each kind: a form's fraction of the kind is half of its fraction of the pairs.
        for (const question of list)
          tallies.get(nameOf(kind, form))!.add(question, index, weight / 2 / list.length);
      });
    }
  }
  return tallies;
}

/** Joint weights of (what an observer knows, the answer) for one form. */
class Tally {
  private fraction = 0;
  private chance = 0;
  /** Weight of the questions whose options the observer cannot distinguish, each divided by its options. */
  private readonly guessed = mapObservers(() => 0);
  /** What the observer knows -> weight of each answer. */
  private readonly known = mapObservers(() => new Map<number, number[]>());

  add(question: Question, timeline: Record<Observer, number>, weight: number): void {
    const { options, answer } = question;
    this.fraction += weight;
    this.chance += weight / options.length;
    const mixed = options.some((ref) => ref.track !== answer.track);
    for (const who of OBSERVER_NAMES) {
      const tracks = OBSERVERS[who];
      if (!mixed && !tracks.includes(answer.track)) {
        this.guessed[who] += weight / options.length;
        continue;
      }
      // One number for all that is known; 0 stands for "no such thing" and for "cannot see it" alike.
      const visible = (ref?: Ref) => (ref !== undefined && tracks.includes(ref.track) ? ref.rank + 1 : 0);
      const facts = [visible(question.asked), question.second ?? 0, ...options.map(visible)];
      const knows = facts.reduce((code, fact) => code * 5 + fact, timeline[who]);
      let answers = this.known[who].get(knows);
      if (answers === undefined) {
        answers = options.map(() => 0);
        this.known[who].set(knows, answers);
      }
      const right = options.findIndex((ref) => ref.track === answer.track && ref.rank === answer.rank);
      answers[right] = answers[right]! + weight;
    }
  }

  row(kind: Kind, form: Form): BayesOptimalRow {
    const best = mapObservers((who) => {
      let sum = this.guessed[who];
      for (const answers of this.known[who].values()) sum += answers.reduce((a, b) => Math.max(a, b));
      return sum / this.fraction;
    });
    return { kind, form, fraction: this.fraction, chance: this.chance / this.fraction, best };
  }
}

function formsOf(kind: Kind): Form[] {
  return [...new Set(FORM_PAIRS[kind].flat())];
}

function nameOf(kind: Kind, form: Form): string {
  return `${kind}/${form}`;
}

function mapObservers<T>(value: (who: Observer) => T): Record<Observer, T> {
  return Object.fromEntries(OBSERVER_NAMES.map((who) => [who, value(who)])) as Record<Observer, T>;
}
