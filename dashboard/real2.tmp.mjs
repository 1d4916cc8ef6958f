import { chromium } from 'playwright-core';
const base='http://localhost:5870';
const b = await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox','--disable-dev-shm-usage']});
const c = await b.newContext({viewport:{width:1440,height:900},locale:'ru-RU',colorScheme:'dark'});
const p = await c.newPage();
p.on('pageerror',e=>console.log('err',e.message));
p.on('response',r=>{if(r.status()>=400)console.log(r.status(),r.url())});
await p.goto(base+'/login?next=/guilds'); await p.locator('button, input[type=submit]').last().click(); await p.waitForURL('**/guilds');
await p.waitForSelector('a.ra-guild'); const hrefs=await p.$$eval('a.ra-guild',as=>as.map(a=>a.getAttribute('href')));
for (const q of ['period=today','period=yesterday','period=24h','period=7d','period=30d','period=91d','period=month','period=last_month','period=ytd','period=12mo','period=all','period=custom&from=2026-11-01&to=2026-11-07','period=7d&compare=year','period=7d&compare=none']) {
  const t=Date.now(); await p.goto(base+hrefs[0]+'?'+q); await p.waitForSelector('.ra-heat table, .ra-empty',{timeout:15000}); await p.waitForFunction(()=>!document.querySelector('.ra-skeleton'));
  console.log(q, Date.now()-t,'ms', await p.textContent('.ra-range'), '|', (await p.textContent('[data-figure=messages] .ra-figure__value')), await p.textContent('[data-figure=messages] .ra-figure__change'), 'problems', await p.locator('.ra-problem').count());
}
await p.goto(base+hrefs[0]+'?period=7d&show=messages,bot_messages,reactions'); await p.waitForTimeout(2500); await p.screenshot({path:'shots/real-7d.png',fullPage:true});
await p.goto(base+hrefs[5]+'?period=24h'); await p.waitForTimeout(2500); await p.screenshot({path:'shots/real-24h.png',fullPage:true});
await p.click('button[aria-label="Настройки сервера"]'); await p.fill('input[list]','Europe/Moscow'); await p.click('text=Сохранить'); await p.waitForTimeout(1500); console.log(await p.textContent('.ra-range'));
await b.close();
