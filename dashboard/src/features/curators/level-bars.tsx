/* How many are in each level. */
import type { RatingLevelCount } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { LevelBadge } from './level-badge';

interface LevelBarsProps {
	levels: readonly RatingLevelCount[];
	/** place of the one to point out */
	mine?: number | null;
}

export function LevelBars({ levels, mine = null }: LevelBarsProps) {
	const formats = useFormats();
	const most = Math.max(1, ...levels.map((level) => level.count));
	return (
		<ul className="ra-levels">
			{levels.map((level, at) => (
				<li key={at} aria-current={at === mine ? 'true' : undefined}>
					<span>
						<LevelBadge level={level} />
					</span>
					<span className="ra-levels__bar" aria-hidden="true">
						<span style={{ width: `${(100 * level.count) / most}%` }} />
					</span>
					<span className="ra-levels__value">{formats.count(level.count)}</span>
				</li>
			))}
		</ul>
	);
}
