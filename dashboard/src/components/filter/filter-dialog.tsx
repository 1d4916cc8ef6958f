/* One field that finds channels, categories, roles and members; what is picked becomes a chip. */
import { useState } from 'react';
import { AtSign, Check, UserRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useDirectory } from '@/api/use-lists';
import { Dialog } from '@/components/dialog';
import { ChannelIcon } from '@/components/list/names';
import { SearchField } from '@/components/list/search-field';
import { Segments } from '@/components/segments';
import { VOICE_RULES, type Bots, type IdFilter, type View } from '@/lib/view';
import { useView } from '@/lib/use-view';
import { choicesOf, idsOf, type Choice } from './filter-data';

const LISTED = 60;
const BOTS = ['without', 'with', 'only'] as const;

function ChoiceIcon({ choice }: { choice: Choice }) {
	if (choice.what === 'role') return <AtSign size={14} aria-hidden="true" />;
	if (choice.what === 'member') return <UserRound size={14} aria-hidden="true" />;
	return <ChannelIcon kind={choice.kind} />;
}

interface FilterDialogProps {
	guild: Guild;
	shown: readonly IdFilter[];
	onClose: () => void;
}

export function FilterDialog({ guild, shown, onClose }: FilterDialogProps) {
	const { t } = useTranslation();
	const [view, setView] = useView();
	const [typed, setTyped] = useState('');
	const directory = useDirectory(guild.id, { q: typed || undefined });
	const choices = choicesOf(directory.data, typed, shown);

	const toggle = ({ what, id }: Choice) => {
		const ids = idsOf(view[what]);
		const next = ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id];
		setView({ [what]: next.join() } as Partial<View>);
	};

	return (
		<Dialog title={t('filter.title')} onClose={onClose}>
			<SearchField label={t('filter.find')} value={typed} onSearch={setTyped} />
			<ul className="ra-choices" aria-label={t('filter.title')}>
				{choices.slice(0, LISTED).map((choice) => {
					const isOn = idsOf(view[choice.what]).includes(choice.id);
					return (
						<li key={`${choice.what}-${choice.id}`}>
							<button
								type="button"
								aria-pressed={isOn}
								onClick={() => toggle(choice)}
							>
								<ChoiceIcon choice={choice} />
								<bdi>{choice.name || t('lists.hidden_channel')}</bdi>
								<span>{t(`filter.kind.${choice.what}`)}</span>
								{isOn && <Check size={14} aria-hidden="true" />}
							</button>
						</li>
					);
				})}
			</ul>
			{directory.data && !choices.length && <p>{t('filter.nothing')}</p>}
			<div className="ra-filter__rest">
				<span>{t('filter.kind.bots')}</span>
				<Segments<Bots>
					label={t('filter.kind.bots')}
					options={BOTS.map((value) => ({
						value,
						text: t(`filter.bots_short.${value}`),
					}))}
					value={view.bots || 'without'}
					onChoose={(bots) => setView({ bots })}
				/>
				<span>{t('voice.rule')}</span>
				<Segments
					label={t('voice.rule')}
					options={VOICE_RULES.map((value) => ({
						value,
						text: t(`voice.${value}.name`),
					}))}
					value={view.rule}
					onChoose={(rule) => setView({ rule })}
				/>
			</div>
			<p className="ra-filter__note">{t('filter.note')}</p>
		</Dialog>
	);
}
