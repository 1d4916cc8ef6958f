/* One saved filter: pick it, give it another name, take it away. */
import { useEffect, useRef, useState } from 'react';
import { Pencil, Trash2, UsersRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, SavedFilter } from '@/api/types';
import { RenameForm } from './rename-form';

interface SavedRowProps {
	guild: Guild;
	filter: SavedFilter;
	filters: readonly SavedFilter[];
	onPick: () => void;
	onRemove: () => void;
}

export function SavedRow({ guild, filter, filters, onPick, onRemove }: SavedRowProps) {
	const { t } = useTranslation();
	const [isRenaming, setRenaming] = useState(false);
	const pencil = useRef<HTMLButtonElement>(null);
	const wasRenaming = useRef(false);
	/* the keyboard goes on where it was */
	useEffect(() => {
		if (wasRenaming.current && !isRenaming) pencil.current?.focus();
		wasRenaming.current = isRenaming;
	}, [isRenaming]);

	if (isRenaming)
		return (
			<li>
				<RenameForm
					guildId={guild.id}
					filter={filter}
					filters={filters}
					onClose={() => setRenaming(false)}
				/>
			</li>
		);
	return (
		<li>
			<button type="button" onClick={onPick}>
				<bdi>{filter.name}</bdi>
				{filter.is_shared && (
					<span>
						<UsersRound size={14} aria-hidden="true" />{' '}
						{filter.is_mine ? t('filter.shared') : <bdi>{filter.owner}</bdi>}
					</span>
				)}
			</button>
			{filter.is_mine && (
				<button
					type="button"
					ref={pencil}
					className="ra-icon-button"
					aria-label={t('filter.rename', { name: filter.name })}
					title={t('filter.rename', { name: filter.name })}
					onClick={() => setRenaming(true)}
				>
					<Pencil size={14} aria-hidden="true" />
				</button>
			)}
			{(filter.is_mine || guild.can_manage) && (
				<button
					type="button"
					className="ra-icon-button"
					aria-label={t('filter.forget', { name: filter.name })}
					title={t('filter.forget', { name: filter.name })}
					onClick={onRemove}
				>
					<Trash2 size={14} aria-hidden="true" />
				</button>
			)}
		</li>
	);
}
