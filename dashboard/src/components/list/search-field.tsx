/* Searches while one types, a moment after the last key. */
import { useEffect, useEffectEvent, useState } from 'react';
import { Search } from 'lucide-react';

const WAIT_MS = 300;

interface SearchFieldProps {
	label: string;
	value: string;
	onSearch: (text: string) => void;
}

export function SearchField({ label, value, onSearch }: SearchFieldProps) {
	const [typed, setTyped] = useState<string | null>(null);
	const search = useEffectEvent((text: string) => {
		setTyped(null);
		onSearch(text);
	});
	useEffect(() => {
		if (typed === null) return;
		const timer = setTimeout(() => search(typed.trim()), WAIT_MS);
		return () => clearTimeout(timer);
	}, [typed]);
	return (
		<label className="ra-search">
			<Search size={16} aria-hidden="true" />
			<span className="visually-hidden">{label}</span>
			<input
				type="search"
				placeholder={label}
				maxLength={100}
				value={typed ?? value}
				onChange={(event) => setTyped(event.target.value)}
			/>
		</label>
	);
}
