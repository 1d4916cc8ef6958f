/* Filters kept under a name: pick one, keep the one in use, take one away. */
import { useState, type FormEvent } from 'react';
import { Trash2, UsersRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useChangeSavedFilters, useSavedFilters } from '@/api/use-lists';
import { Dialog } from '@/components/dialog';
import { ProblemNotice } from '@/components/problem-notice';
import { useView } from '@/lib/use-view';
import { fromWish, toWish } from './filter-data';

interface SavedDialogProps {
	guild: Guild;
	isAny: boolean;
	onClose: () => void;
}

export function SavedDialog({ guild, isAny, onClose }: SavedDialogProps) {
	const { t } = useTranslation();
	const [view, setView] = useView();
	const [name, setName] = useState('');
	const [isShared, setShared] = useState(false);
	const saved = useSavedFilters(guild.id);
	const { save, remove } = useChangeSavedFilters(guild.id);
	const error = save.error ?? remove.error ?? saved.error;

	const submit = (event: FormEvent) => {
		event.preventDefault();
		save.mutate(
			{ name: name.trim(), filter: toWish(view), is_shared: isShared },
			{ onSuccess: () => setName('') },
		);
	};

	return (
		<Dialog title={t('filter.saved')} onClose={onClose}>
			{saved.data?.length === 0 && <p>{t('filter.none_saved')}</p>}
			<ul className="ra-choices">
				{saved.data?.map((filter) => (
					<li key={filter.id}>
						<button
							type="button"
							onClick={() => {
								setView(fromWish(filter.filter));
								onClose();
							}}
						>
							<bdi>{filter.name}</bdi>
							{filter.is_shared && (
								<span>
									<UsersRound size={14} aria-hidden="true" />{' '}
									{filter.is_mine ? (
										t('filter.shared')
									) : (
										<bdi>{filter.owner}</bdi>
									)}
								</span>
							)}
						</button>
						{(filter.is_mine || guild.can_manage) && (
							<button
								type="button"
								className="ra-icon-button"
								aria-label={t('filter.forget', { name: filter.name })}
								title={t('filter.forget', { name: filter.name })}
								onClick={() => remove.mutate(filter.id)}
							>
								<Trash2 size={14} aria-hidden="true" />
							</button>
						)}
					</li>
				))}
			</ul>
			{isAny && (
				<form className="ra-filter__save" onSubmit={submit}>
					<label>
						{t('filter.name')}
						<input
							className="ra-field"
							value={name}
							maxLength={60}
							required
							onChange={(event) => setName(event.target.value)}
						/>
					</label>
					<label className="ra-check">
						<input
							type="checkbox"
							checked={isShared}
							onChange={(event) => setShared(event.target.checked)}
						/>
						{t('filter.share')}
					</label>
					<button
						type="submit"
						className="ra-button is-primary"
						disabled={!name.trim() || save.isPending}
					>
						{t('filter.save')}
					</button>
				</form>
			)}
			{error && <ProblemNotice error={error} />}
		</Dialog>
	);
}
