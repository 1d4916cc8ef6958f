/* How many weeks back cohorts and lifecycle look; in the address, for both at once. */
import { useChoice } from '@/lib/use-choice';

export const WEEKS = ['12', '26', '52'] as const;

export function useWeeks(): [(typeof WEEKS)[number], (weeks: (typeof WEEKS)[number]) => void] {
	return useChoice('weeks', WEEKS, '12');
}
