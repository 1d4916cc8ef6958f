/* The verdicts, a line each: what was found, and what to do about it. */
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Check } from '@/api/types';
import { RichText } from './rich-text';
import { useCheckWords } from './use-check-words';
import { byWeight } from './words';

const ICONS = { ok: CircleCheck, warning: TriangleAlert, problem: CircleX } as const;

function Line({ check }: { check: Check }) {
	const { t } = useTranslation();
	const words = useCheckWords()(check);
	const Icon = ICONS[check.verdict];
	return (
		<li className={`is-${check.verdict}`} data-code={check.code}>
			<Icon size={18} aria-hidden="true" />
			<span className="visually-hidden">{t(`checkup.mark.${check.verdict}`)}</span>
			<strong>{t(`checkup.topic.${check.check}`, check.check)}</strong>
			<div>
				<p>
					<RichText text={words.what} />
				</p>
				{words.fix && (
					<p className="ra-checkup__fix">
						<RichText text={words.fix} />
					</p>
				)}
			</div>
		</li>
	);
}

export function CheckList({ checks }: { checks: Check[] }) {
	return (
		<ul className="ra-checkup__list">
			{byWeight(checks).map((check, at) => (
				<Line key={`${check.code}-${at}`} check={check} />
			))}
		</ul>
	);
}
