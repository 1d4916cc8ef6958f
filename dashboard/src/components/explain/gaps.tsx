/* When nobody was watching, and why. */
import { useTranslation } from 'react-i18next';
import type { Range } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { gapKind } from './gap-kind';

const SHOWN = 5;

export function Gaps({ range }: { range: Range }) {
	const { t } = useTranslation();
	const formats = useFormats();
	if (!range.gaps.length) return null;
	const shown = range.gaps.slice(-SHOWN);
	const rest = range.gaps.length - shown.length;
	return (
		<ul className="ra-explain__gaps">
			{shown.map((gap) => (
				<li key={gap.from}>
					{formats.dateTime(Date.parse(gap.from), range.timezone)},{' '}
					{formats.duration(Date.parse(gap.to) - Date.parse(gap.from))}
					{' · '}
					{t(`gap.${gapKind(gap.cause)}`, { cause: gap.cause })}
				</li>
			))}
			{rest > 0 && (
				<li>{t('coverage.more_gaps', { count: rest, n: formats.count(rest) })}</li>
			)}
		</ul>
	);
}
