/* A page behind the login: with the account in the corner. Kept out of the first load. */
import type { ReactNode } from 'react';
import { useMe } from '@/api/use-me';
import { AccountMenu } from './account-menu';
import { InboxLink } from './inbox-link';
import { Page } from './page';

interface MemberPageProps {
	title?: string;
	lead?: ReactNode;
	side?: ReactNode;
	children: ReactNode;
}

export function MemberPage({ title, lead, side, children }: MemberPageProps) {
	const me = useMe();
	return (
		<Page
			title={title}
			lead={lead}
			side={side}
			account={
				me.data && (
					<>
						<InboxLink />
						<AccountMenu me={me.data} />
					</>
				)
			}
		>
			{children}
		</Page>
	);
}
