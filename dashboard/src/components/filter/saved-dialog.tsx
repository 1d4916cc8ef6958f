/* Filters kept under a name: pick one, rename it, keep the one in use, take one away. */
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useChangeSavedFilters, useSavedFilters } from '@/api/use-lists';
import { Dialog } from '@/components/dialog';
import { ProblemNotice } from '@/components/problem-notice';
import { useView } from '@/lib/use-view';
import { fromWish, toWish } from './filter-data';
import { excessOf, isTaken, NAME_MAX } from './saved-name';
import { SavedRow } from './saved-row';

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
	const noteId = useId();
	const saved = useSavedFilters(guild.id);
	const { save, remove } = useChangeSavedFilters(guild.id);
	const excess = excessOf(name);
	const note =
		excess > 0
			? t('filter.too_long', { count: excess, max: NAME_MAX })
			: isTaken(saved.data ?? [], name) && t('filter.replaces');
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
					<SavedRow
						key={filter.id}
						guild={guild}
						filter={filter}
						filters={saved.data}
						onPick={() => {
							setView(fromWish(filter.filter));
							onClose();
						}}
						onRemove={() => remove.mutate(filter.id)}
					/>
				))}
			</ul>
			{isAny && (
				<form className="ra-form ra-filter__save" onSubmit={submit}>
					<label>
						{t('filter.name')}
						<input
							className="form-control"
							value={name}
							required
							aria-invalid={excess > 0}
							aria-describedby={noteId}
							onChange={(event) => setName(event.target.value)}
						/>
					</label>
					<p
						id={noteId}
						className={excess > 0 ? 'ra-form__wrong' : 'ra-form__help'}
						role="status"
					>
						{note}
					</p>
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
						disabled={!name.trim() || excess > 0 || save.isPending}
					>
						{t('filter.save')}
					</button>
				</form>
			)}
			{error && <ProblemNotice error={error} />}
		</Dialog>
	);
}
