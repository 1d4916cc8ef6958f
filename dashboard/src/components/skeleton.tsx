/* The shape of what is coming. */
import { useTranslation } from 'react-i18next';

export function Skeleton({ height, lines = 1 }: { height: number; lines?: number }) {
	const { t } = useTranslation();
	return (
		<div className="ra-skeleton" role="status" aria-label={t('common.loading')}>
			{Array.from({ length: lines }, (_, line) => (
				<span key={line} style={{ height }} />
			))}
		</div>
	);
}
