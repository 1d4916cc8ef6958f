import { useTranslation } from 'react-i18next';
import { Segments } from '@/components/segments';
import { useFormats } from '@/i18n/use-formats';
import { useWeeks, WEEKS } from './weeks';

export function WeeksMenu() {
	const { t } = useTranslation();
	const formats = useFormats();
	const [weeks, setWeeks] = useWeeks();
	return (
		<Segments
			label={t('growth.weeks.title')}
			options={WEEKS.map((value) => ({
				value,
				text: t('growth.weeks.count', {
					count: Number(value),
					n: formats.count(Number(value)),
				}),
			}))}
			value={weeks}
			onChoose={setWeeks}
		/>
	);
}
