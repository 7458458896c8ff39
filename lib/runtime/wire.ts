/**
 * Lists and results of any length on the wire buffer. A message that may hold a long list starts with `beginMessage`,
 * and opens the list with `listCount`; `nextElement` then sends its elements in portions before the message, and
 * native code keeps them for it. A number that is written past the end of the slots is lost, and native code refuses
 * the message.
 */

import { native, slots } from './addon.js';
import { spilledStatus, statusSlot } from './wire-codes.generated.js';

/** Longest list that stands in the slots with the rest of its message, at most three slots an element. */
const portion = 200;

let sentAhead = false;

/** Starts a message at slot `at`, and returns that. */
export function beginMessage(at: number): number {
  if (sentAhead) {
    sentAhead = false;
    native.dropStaged();
  }
  return at;
}

/** The number that opens a list: its length, or minus that where the elements are sent ahead. */
export function listCount(length: number): number {
  return length > portion ? -length : length;
}

/** Where the next element goes after element `index` of `length`; `from` is the first slot of elements, `to` the end. */
export function nextElement(index: number, length: number, from: number, to: number): number {
  if (length <= portion || ((index + 1) % portion !== 0 && index + 1 < length)) return to;
  sentAhead = true;
  native.stage(from, to);
  return from;
}

/** Writes a list of numbers at `at`; returns the next free slot. */
export function writeNumbers(at: number, numbers: readonly number[]): number {
  const { length } = numbers;
  slots[at++] = listCount(length);
  const first = at;
  for (let i = 0; i < length; i += 1) {
    slots[at++] = numbers[i];
    at = nextElement(i, length, first, at);
  }
  return at;
}

/** What the last call left, its results from `firstSlot` on: the slots, or a longer copy where these had no room. */
export function results(): Float64Array {
  return slots[statusSlot] !== spilledStatus ? slots : new Float64Array(native.takeResults());
}
