/* Growth & retention: who came and went, what newcomers do first, who stays, who is active again. */
import type { Guild } from '@/api/types';
import { GuildPage } from '@/components/guild/guild-page';
import { ActivationPanel } from './activation-panel';
import { FlowPanel } from './flow-panel';
import { CardsExport, GrowthCards } from './growth-cards';
import { LifecyclePanel } from './lifecycle-panel';
import { RetentionPanel } from './retention-panel';
import { StickinessPanel } from './stickiness-panel';
import { TenurePanel } from './tenure-panel';
import './growth.scss';

function Panels({ guild }: { guild: Guild }) {
	return (
		<>
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
