import { useTranslation } from 'react-i18next';
import type { Figure, Overview } from '@/api/types';
import { ExplainDialog } from '@/components/explain/explain-dialog';
import { sampleText } from '@/components/explain/sample-text';
import { useFormats } from '@/i18n/use-formats';
import { figureText } from './figures-data';

interface ExplainFigureProps {
	figure: Figure;
	overview: Overview;
	other: string | null;
	onClose: () => void;
}

export function ExplainFigure({ figure, overview, other, onClose }: ExplainFigureProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { key, value, previous, sparkline } = figure;
	return (
		<ExplainDialog
			onClose={onClose}
			explanation={{
				name: t(`figure.${key}.name`),
				definition: t(`figure.${key}.definition`),
				range: overview.range,
				value: figureText(key, value, formats),
				compared: overview.compare_range,
				comparedName: other,
				previous: previous === null ? null : figureText(key, previous, formats),
				sample: sampleText(sparkline.length, overview.range, t),
			}}
		/>
	);
}
