import { useTranslation } from 'react-i18next';
import { Dialog } from '@/components/dialog';
import { COMPARE_HOTKEY, PERIODS } from '@/lib/view';

interface ShortcutsDialogProps {
	hasOthers: boolean;
	onClose: () => void;
}

export function ShortcutsDialog({ hasOthers, onClose }: ShortcutsDialogProps) {
	const { t } = useTranslation();
	return (
		<Dialog title={t('shortcuts.title')} onClose={onClose}>
			<dl className="ra-shortcuts">
				{PERIODS.map(({ period, hotkey }) => (
					<div key={period}>
						<dt>
							<kbd>{hotkey.toUpperCase()}</kbd>
						</dt>
						<dd>{t(`period.${period}`)}</dd>
					</div>
				))}
				<div>
					<dt>
						<kbd>{COMPARE_HOTKEY.toUpperCase()}</kbd>
					</dt>
					<dd>{t('shortcuts.compare')}</dd>
				</div>
				<div>
					<dt>
						<kbd>?</kbd>
					</dt>
					<dd>{t('shortcuts.title')}</dd>
				</div>
				{hasOthers && (
					<div>
						<dt>
							<kbd>Esc</kbd>
						</dt>
						<dd>{t('shortcuts.without')}</dd>
					</div>
				)}
				<div>
					<dt>
						<kbd>Esc</kbd>
					</dt>
					<dd>{t('shortcuts.close')}</dd>
				</div>
			</dl>
		</Dialog>
	);
}
