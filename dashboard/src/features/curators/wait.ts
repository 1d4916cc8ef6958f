import { waitText } from '@/features/requests/wait';
import type { Formats } from '@/lib/format';

/** How long answers took; a dash where there are none. */
export const answerTime = (ms: number | null, formats: Formats): string =>
	ms === null ? '—' : waitText(ms, formats);
