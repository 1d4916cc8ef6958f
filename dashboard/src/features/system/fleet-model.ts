/* What the shards come to. */
import type { Fleet, Shard } from '@/api/types';

export interface FleetSums {
	live: number;
	guilds: number;
	missing: number;
	rate: number;
	withheld: string;
}

export const isLive = (shard: Shard): boolean => shard.state === 'live';

const serves = (fleet: Fleet) => (shard: Shard) =>
	shard.shard.endsWith(`/${String(fleet.shard_count)}`);

/** Of the plan that serves: while resharding, the other one has the same servers. */
export function sumUp(fleet: Fleet): FleetSums {
	const shards = fleet.shards.filter(serves(fleet));
	const sum = (of: (shard: Shard) => number) =>
		shards.reduce((total, shard) => total + of(shard), 0);
	return {
		live: shards.filter(isLive).length,
		guilds: sum((shard) => shard.guilds),
		missing: sum((shard) => shard.unavailable_guilds),
		rate: sum((shard) => shard.events_per_s),
		withheld: shards.find((shard) => shard.intents_withheld)?.intents_withheld ?? '',
	};
}

export type Tone = 'good' | 'busy' | 'bad';

/** How worried to be. */
export function toneOf(shard: Shard): Tone {
	if (isLive(shard)) return 'good';
	return shard.trouble || ['unassigned', 'lost'].includes(shard.state) ? 'bad' : 'busy';
}

/** Milliseconds from one instant to another; null when there is none. */
export function msBetween(from: string | null, to: string | null): number | null {
	return from && to ? Math.max(0, Date.parse(to) - Date.parse(from)) : null;
}
