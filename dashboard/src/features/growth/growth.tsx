/* Growth & retention: who came and went, what newcomers do first, who stays, who is active again. */
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { FilterBar } from '@/components/filter/filter-bar';
import { isFiltered } from '@/components/filter/filter-data';
import { GuildPage } from '@/components/guild/guild-page';
import { useView } from '@/lib/use-view';
import { ActivationPanel } from './activation-panel';
import { FlowPanel } from './flow-panel';
import { CardsExport, GrowthCards } from './growth-cards';
import { LifecyclePanel } from './lifecycle-panel';
import { RetentionPanel } from './retention-panel';
import { StickinessPanel } from './stickiness-panel';
import { TenurePanel } from './tenure-panel';
import './growth.scss';

/* Seen before the figures are, by whoever set a filter. */
function FilterNote() {
	const { t } = useTranslation();
	const [view] = useView();
	return (
		<p className="ra-growth__note" role="status">
			{isFiltered(view) && t('growth.filters.note')}
		</p>
	);
}

function Panels({ guild }: { guild: Guild }) {
	return (
		<>
			<FilterBar guild={guild} />
			<FilterNote />
			<GrowthCards guild={guild} />
			<div className="ra-grid">
				<FlowPanel guild={guild} />
				<TenurePanel guild={guild} />
				<RetentionPanel guild={guild} />
				<StickinessPanel guild={guild} />
				<LifecyclePanel guild={guild} />
				<ActivationPanel guild={guild} />
			</div>
		</>
	);
}

export function Growth({ guildId }: { guildId: string }) {
	return (
		<GuildPage guildId={guildId} page="growth" tools={(guild) => <CardsExport guild={guild} />}>
			{(guild) => <Panels guild={guild} />}
		</GuildPage>
	);
}
