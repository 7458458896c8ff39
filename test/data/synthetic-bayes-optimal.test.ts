// The exact best accuracies: against fractions worked out by hand, and against guessers that learn by counting.

import { type BayesOptimalRow, bayesOptimal } from '../../lib/data/synthetic/bayes-optimal.js';
import { type Clip, type ClipQuestion, syntheticClips } from '../../lib/data/synthetic/clips.js';

const rows = bayesOptimal();
const row = (kind: string, form = 'all'): BayesOptimalRow =>
  rows.find((r) => r.kind === kind && r.form === form)!;

describe('best possible accuracy', () => {
  test('fractions and chance are those of the listed form pairs', () => {
    // sight: `next` (two options) is 2 of 12; sound: 1 of 8; both: `order` is 2 of 10, the others 4 of 10 each.
    expect(row('sight').chance).toBeCloseTo((2 / 12) * (1 / 2) + (10 / 12) * (1 / 3), 12);
    expect(row('sound').chance).toBeCloseTo((1 / 8) * (1 / 2) + (7 / 8) * (1 / 3), 12);
    expect(row('both').chance).toBeCloseTo((2 / 10) * (1 / 2) + (8 / 10) * (1 / 3), 12);
    expect(row('both', 'order').fraction).toBeCloseTo(0.2, 12);
  });

  test('the question alone gives chance', () => {
    for (const { best, chance } of rows) expect(best.none).toBeCloseTo(chance, 12);
  });

  test('both lists give every answer', () => {
    for (const { best } of rows) expect(best.both).toBeCloseTo(1, 12);
  });

  test('sight and sound are answered by their own list, and by chance from the other', () => {
    expect(row('sight').best.seen).toBeCloseTo(1, 12);
    expect(row('sight').best.heard).toBeCloseTo(row('sight').chance, 12);
    expect(row('sound').best.heard).toBeCloseTo(1, 12);
    expect(row('sound').best.seen).toBeCloseTo(row('sound').chance, 12);
  });

  test('one list alone is at most 5 points over chance on the third kind', () => {
    const { best, chance } = row('both');
    expect(Math.max(best.seen, best.heard, best.none) - chance).toBeLessThanOrEqual(0.05);
  });

  test('the two tracks are alike', () => {
    const [first, second] = [row('both', 'when').best, row('both', 'while').best];
    expect(first.seen).toBeCloseTo(second.heard, 12);
    expect(first.heard).toBeCloseTo(second.seen, 12);
    expect(row('both', 'order').best.seen).toBeCloseTo(row('both', 'order').best.heard, 12);
  });
});

describe('guessers that learn from 4,000 clips', () => {
  const { train, test: held } = syntheticClips(3, { train: 4_000, validation: 0, test: 2_000 });

  /** Accuracy on held-out clips of the answer role most frequent in training given the features. */
  function learn(
    form: string,
    features: (clip: Clip, question: ClipQuestion) => [known: string, answer: string],
  ) {
    const asked = (clips: Clip[]) =>
      clips.flatMap((clip) =>
        clip.questions.filter((q) => q.form === form && q.kind === 'both').map((q) => features(clip, q)),
      );
    const seen = new Map<string, Map<string, number>>();
    for (const [known, answer] of asked(train)) {
      const counts = seen.get(known) ?? new Map<string, number>();
      seen.set(known, counts.set(answer, (counts.get(answer) ?? 0) + 1));
    }
    const examples = asked(held);
    const right = examples.filter(([known, answer]) => {
      const ranked = [...(seen.get(known) ?? [])].sort((a, b) => b[1] - a[1]);
      return ranked[0]?.[0] === answer;
    });
    return { accuracy: right.length / examples.length, margin: 3 * Math.sqrt(0.25 / examples.length) };
  }
  const timing = (events: { start: number; end: number }[]) =>
    events.map(({ start, end }) => `${start}-${end}`).join();
  const seenRank = (clip: Clip, text: string) =>
    clip.events.seen.findIndex(({ colour, shape }) => text.includes(`${colour} ${shape}`));
  const heardRank = (clip: Clip, text: string) =>
    clip.events.heard.findIndex(({ sound }) => text.includes(sound));

  test.each([
    [
      'order',
      'seen',
      (clip: Clip, q: ClipQuestion) => `${timing(clip.events.seen)}|${seenRank(clip, q.question)}`,
    ],
    [
      'order',
      'heard',
      (clip: Clip, q: ClipQuestion) => `${timing(clip.events.heard)}|${heardRank(clip, q.question)}`,
    ],
    ['when', 'seen', (clip: Clip) => timing(clip.events.seen)],
    ['while', 'heard', (clip: Clip) => timing(clip.events.heard)],
  ] as const)('"%s" from the %s list: no better than the bound', (form, observer, known) => {
    const { accuracy, margin } = learn(form, (clip, q) => {
      const role = {
        order: seenRank(clip, q.answer) >= 0,
        when: seenRank(clip, q.answer),
        while: heardRank(clip, q.answer),
      };
      return [known(clip, q), String(role[form])];
    });
    expect(accuracy).toBeLessThan(row('both', form).best[observer] + margin);
  });

  test('"order": the ends of the clip do tell, and the bound counts that', () => {
    const start = (clip: Clip, q: ClipQuestion) => clip.events.seen[seenRank(clip, q.question)]!.start;
    const { accuracy, margin } = learn('order', (clip, q) => [
      String(start(clip, q)),
      String(seenRank(clip, q.answer) >= 0),
    ]);
    expect(accuracy).toBeGreaterThan(0.5 + margin);
  });
});
