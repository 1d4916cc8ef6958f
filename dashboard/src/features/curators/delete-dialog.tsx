/* Off the list: into the archive, or onto the excluded list as well. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CuratorRow, Guild } from '@/api/types';
import { useCuratorChange } from '@/api/use-curators';
import { Dialog } from '@/components/dialog';
import { ProblemNotice } from '@/components/problem-notice';
import { archiveUrl } from './archive-url';

interface DeleteDialogProps {
	guild: Guild;
	row: CuratorRow;
	onClose: () => void;
}

export function DeleteDialog({ guild, row, onClose }: DeleteDialogProps) {
	const { t } = useTranslation();
	const remove = useCuratorChange<{ archive_id: string }>(guild.id);
	const exclude = useCuratorChange(guild.id);
	const [alsoExcludes, setAlsoExcludes] = useState(false);
	const name = row.name || row.id;
	const finish = () => {
		if (!alsoExcludes) return;
		exclude.mutate(
			{ method: 'PUT', tail: `/curator-exclusions/${row.id}`, body: {} },
			{ onSuccess: row.by_hand ? undefined : onClose },
		);
	};
	const go = () =>
		row.by_hand
			? remove.mutate(
					{ method: 'DELETE', tail: `/curators/${row.id}` },
					{ onSuccess: finish },
				)
			: finish();
	const error = remove.error ?? exclude.error;
	if (remove.data)
		return (
			<Dialog title={t('curators.deleted.title', { name })} onClose={onClose}>
				<p>{t('curators.deleted.text')}</p>
				{error && <ProblemNotice error={error} />}
				<div className="ra-curators__buttons">
					<a
						className="ra-button is-primary"
						href={archiveUrl(guild.id, remove.data.archive_id)}
						download=""
					>
						{t('curators.archive.download')}
					</a>
				</div>
			</Dialog>
		);
	return (
		<Dialog title={t('curators.delete.title', { name })} onClose={onClose}>
			<div className="ra-curators__form">
				{row.by_hand ? (
					<p>{t('curators.delete.text')}</p>
				) : (
					<p>{t('curators.delete.only_role')}</p>
				)}
				{row.by_role && row.by_hand && <p>{t('curators.delete.by_role')}</p>}
				<label className="is-check">
					<input
						type="checkbox"
						className="form-check-input"
						checked={alsoExcludes}
						onChange={(event) => setAlsoExcludes(event.target.checked)}
					/>
					{t('curators.delete.exclude')}
				</label>
				{error && <ProblemNotice error={error} />}
				<div className="ra-curators__buttons">
					<button type="button" className="ra-button" onClick={onClose}>
						{t('curators.cancel')}
					</button>
					<button
						type="button"
						className="ra-button is-primary"
						disabled={
							remove.isPending || exclude.isPending || (!row.by_hand && !alsoExcludes)
						}
						onClick={go}
					>
						{t('curators.delete.go')}
					</button>
				</div>
			</div>
		</Dialog>
	);
}
