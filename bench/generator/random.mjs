/**
 * Numbers that look random and are the same everywhere, for the same two seeds (Mulberry32).
 *
 * Every film has a generator of its own, seeded by its place: so any film can be told without those before it.
 */
export class Random {
  constructor(seed, place) {
    let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(place + 1, 0xc2b2ae35);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x27d4eb2f);
    this.state = (mixed ^ (mixed >>> 13)) >>> 0;
  }

  /** From 0 to 1, exclusive. */
  next() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0, below `count`. */
  below(count) {
    return Math.floor(this.next() * count);
  }

  /** One of a list, each as likely. */
  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  /** One of a list, the first ones far more likely: companies and people do not work equally much. */
  favourite(list) {
    return list[Math.floor(this.next() ** 3 * list.length)];
  }
}
