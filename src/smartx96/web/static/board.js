/** Board: hands what comes to the cards, and draws those at once that are to be seen. */

/** The others are drawn as seldom as this, for those who search the page or have it read out [ms]. */
const BESIDE = 1500;

export class Board {
  /** @param {{card: {section: Element}, draw: Record<string, (data: any) => void>,
   *   take?: Record<string, (data: any) => void>}[]} cards
   * @param {(text: string) => void} complain */
  constructor(cards, complain) {
    Object.assign(this, { cards, complain });
    /** Cards of which was said that they fail. */
    this.failed = new Set();
    /** The newest of each topic. @type {Map<string, any>} */
    this.newest = new Map();
    /** Topics that each card has not drawn yet. */
    this.due = new Map(cards.map((card) => [card, new Set()]));
    this.visible = new Set();
    this.waiting = false;
    const watch = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: "100px" });
    for (const card of cards) watch.observe(card.card.section);
    setInterval(() => cards.forEach((card) => this.draw(card)), BESIDE);
  }

  /**
   * @param {string} topic
   * @param {any} data
   */
  take(topic, data) {
    this.newest.set(topic, data);
    for (const card of this.cards) {
      this.attempt(card, () => card.take?.[topic]?.(data));
      if (topic in card.draw) this.due.get(card).add(topic);
    }
    this.schedule();
  }

  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      const card = this.cards.find((each) => each.card.section === target);
      if (isIntersecting) this.visible.add(card);
      else this.visible.delete(card);
    }
    this.schedule();
  }

  schedule() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      for (const card of this.visible) this.draw(card);
    });
  }

  draw(card) {
    const due = [...this.due.get(card)];
    this.due.get(card).clear();
    for (const topic of due) this.attempt(card, () => card.draw[topic](this.newest.get(topic)));
  }

  /** A card that fails holds up no other, nor the stream; it is said once. */
  attempt(card, act) {
    try {
      act();
    } catch (error) {
      if (this.failed.has(card)) return;
      this.failed.add(card);
      console.error(error);
      this.complain(`${card.card.title} cannot be drawn: load the page again`);
    }
  }
}
