/* Members are many: they are searched for. */
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDirectory } from '@/api/use-directory';
import { Chips } from './id-picker';

interface MemberPickerProps {
	guildId: string;
	label: string;
	chosen: readonly string[];
	onChange: (ids: string[]) => void;
}

export function MemberPicker({ guildId, label, chosen, onChange }: MemberPickerProps) {
	const { t } = useTranslation();
	const [text, setText] = useState('');
	const search = useDeferredValue(text.trim());
	const members = useDirectory(guildId, chosen, search).data?.members ?? [];
	const found = search ? members.filter((member) => !chosen.includes(member.id)) : [];
	const nameOf = (id: string) =>
		members.find((member) => member.id === id)?.name || t('rules.unknown', { id });
	return (
		<div className="ra-rules__field">
			<label>
				{label}
				<input
					type="search"
					className="form-control"
					value={text}
					autoComplete="off"
					placeholder={t('rules.find_member')}
					onChange={(event) => setText(event.target.value)}
				/>
			</label>
			{found.length > 0 && (
				<ul className="ra-rules__found">
					{found.slice(0, 8).map((member) => (
						<li key={member.id}>
							<button
								type="button"
								onClick={() => {
									onChange([...chosen, member.id]);
									setText('');
								}}
							>
								<bdi>{member.name || member.id}</bdi>
							</button>
						</li>
					))}
				</ul>
			)}
			<Chips ids={chosen} nameOf={nameOf} onChange={onChange} />
		</div>
	);
}
