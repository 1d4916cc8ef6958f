/*
 * The path below which all of this lies: "/rations", or "". The api writes it into the page
 * (data-base, beside the addresses of the page's files). Addresses for the router are without it:
 * the router puts it before them; all others begin with it.
 */

export const BASE = (document.documentElement.dataset.base ?? '').replace(/\/$/, '');

/** Where one is, as the router calls it. */
export const herePath = () => location.pathname.slice(BASE.length) + location.search;
