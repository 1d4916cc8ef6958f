/* Every channel of a guild: who writes where, what grew, what fell silent. */
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'wouter';
import type { Guild } from '@/api/types';
import { FilterBar } from '@/components/filter/filter-bar';
import { GuildPage } from '@/components/guild/guild-page';
import { SearchField } from '@/components/list/search-field';
import { useListState } from '@/components/list/use-list-state';
import { Segments } from '@/components/segments';
import { ChannelListPanel } from './channel-list';

const GROUPS = ['channel', 'thread', 'category'] as const;

function Channels({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [search, setSearch] = useSearchParams();
	const [state, setState] = useListState('-messages');
	const group = GROUPS.find((one) => one === search.get('group')) ?? 'channel';
	return (
		<>
			<FilterBar guild={guild} />
			<div className="ra-grid">
				<ChannelListPanel
					guild={guild}
					title={t(`channels.by.${group}`)}
					state={state}
					onChange={setState}
					group={group}
					controls={
						<div className="ra-list__tools">
							<SearchField
								label={t('channels.search')}
								value={state.q}
								onSearch={(q) => setState({ q })}
							/>
							<Segments
								label={t('channels.group')}
								options={GROUPS.map((value) => ({
									value,
									text: t(`channels.group_by.${value}`),
								}))}
								value={group}
								onChoose={(value) =>
									setSearch((now) => {
										const next = new URLSearchParams(now);
										next.delete('page');
										if (value === 'channel') next.delete('group');
										else next.set('group', value);
										return next;
									})
								}
							/>
							<Segments
								label={t('channels.order')}
								options={[
									{ value: '-messages', text: t('channels.busiest') },
									{ value: 'position', text: t('channels.as_listed') },
								]}
								value={state.sort}
								onChoose={(sort) => setState({ sort })}
							/>
						</div>
					}
				/>
			</div>
		</>
	);
}

export function ChannelsPage({ guildId }: { guildId: string }) {
	return (
		<GuildPage guildId={guildId} page="channels">
			{(guild) => <Channels guild={guild} />}
		</GuildPage>
	);
}
