const GAP_KINDS = {
	stopped: ['restart', 'stopped'],
	connection: [
		'network',
		'refused',
		'timeout',
		'zombie',
		'garbage',
		'closed',
		'going_away',
		'closed_normally',
	],
	session: [
		'reconnect_requested',
		'invalid_session',
		'invalid_session_resumable',
		'invalid_seq',
		'session_timed_out',
	],
	outage: ['guild_unavailable'],
	removed: ['guild_removed'],
	cut: ['stream_cut'],
	restored: ['restore'],
} as const;

/** The many causes a gateway knows, as the few a reader cares about. */
export function gapKind(cause: string): keyof typeof GAP_KINDS | 'other' {
	const kinds = Object.entries(GAP_KINDS) as [keyof typeof GAP_KINDS, readonly string[]][];
	return kinds.find(([, causes]) => causes.includes(cause))?.[0] ?? 'other';
}
