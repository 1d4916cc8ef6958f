/* The i of a panel: what all of it means. */
import { useTranslation } from 'react-i18next';
import type { Range } from '@/api/types';
import { ExplainButton } from '@/components/explain/explain-button';
import { useView } from '@/lib/use-view';
import { filterWords } from './filters';

interface PanelExplainProps {
	panel:
		'flow' | 'tenure' | 'activation' | 'membership' | 'activity' | 'lifecycle' | 'stickiness';
	range: Range | undefined;
	sample?: string;
}

export function PanelExplain({ panel, range, sample }: PanelExplainProps) {
	const { t } = useTranslation();
	const [view] = useView();
	if (!range) return null;
	return (
		<ExplainButton
			explanation={{
				name: t(`growth.${panel}.title`),
				definition: t(`growth.${panel}.definition`),
				range,
				filters: filterWords(view, panel === 'stickiness', t),
				sample: sample ?? t('growth.sample.all'),
			}}
		/>
	);
}
