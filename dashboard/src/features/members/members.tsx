/* Everybody who is or was a member, and what they did. */
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'wouter';
import type { Guild } from '@/api/types';
import { FilterBar } from '@/components/filter/filter-bar';
import { GuildPage } from '@/components/guild/guild-page';
import { SearchField } from '@/components/list/search-field';
import { useListState } from '@/components/list/use-list-state';
import { Segments } from '@/components/segments';
import { MemberListPanel, type Left } from './member-list';

const LEFT: readonly Left[] = ['with', 'without', 'only'];

function Members({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [search, setSearch] = useSearchParams();
	const [state, setState] = useListState('-messages');
	const left = LEFT.find((one) => one === search.get('left')) ?? 'with';
	return (
		<>
			<FilterBar guild={guild} />
			<div className="ra-grid">
				<MemberListPanel
					guild={guild}
					title={t('members.title')}
					state={state}
					onChange={setState}
					left={left}
					controls={
						<div className="ra-list__tools">
							<SearchField
								label={t('members.search')}
								value={state.q}
								onSearch={(q) => setState({ q })}
							/>
							<Segments
								label={t('members.left')}
								options={LEFT.map((value) => ({
									value,
									text: t(`members.left_${value}`),
								}))}
								value={left}
								onChoose={(value) =>
									setSearch((now) => {
										const next = new URLSearchParams(now);
										next.delete('page');
										if (value === 'with') next.delete('left');
										else next.set('left', value);
										return next;
									})
								}
							/>
						</div>
					}
				/>
			</div>
		</>
	);
}

export function MembersPage({ guildId }: { guildId: string }) {
	const { t } = useTranslation();
	return (
		<GuildPage guildId={guildId} page="members">
			{(guild) =>
				guild.can_see_people ? (
					<Members guild={guild} />
				) : (
					<div className="ra-empty">
						<p>{t('members.not_for_you')}</p>
					</div>
				)
			}
		</GuildPage>
	);
}
