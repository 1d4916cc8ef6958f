/* random: the same seed, the same choices. */
export class Random {
	constructor(seed) {
		this.state = seed >>> 0;
	}

	/* [0, 1) */
	unit() {
		this.state = (this.state + 0x6d2b79f5) >>> 0;
		let mixed = this.state;
		mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/* A whole number, both ends included. */
	between(least, most) {
		return least + Math.floor(this.unit() * (most - least + 1));
	}

	of(list) {
		return list[this.between(0, list.length - 1)];
	}

	/* Deals the cards of a list in any order, all of them before one comes again. */
	deck(cards) {
		let left = [];
		return () => {
			if (left.length === 0) left = [...cards];
			return left.splice(this.between(0, left.length - 1), 1)[0];
		};
	}
}
