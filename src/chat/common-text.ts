/**
 * Ordinary text, as `estimate-tokens.ts` knows it. Every word and character here is one token of
 * o200k_base, cl100k_base and Llama 3: `test/node/estimate-tokens.test.ts` proves it.
 */

/** The commonest words of English that are one token with a space before them or a capital too. */
export const COMMON_WORDS = `
the you to that and this of for it in is with what your version not have are can license there be
or item will all know on like here was if from just right but about they don something we when as
me which use example string get an my do no want he source one see other library any by should
where think out well re distribution would module code function work more come number character
object default so because how these some options under value file only time she back good then
make been now document used really name them got software returns could support using at may
without need than program please little over first must look take has up before her were section
package information node never encoding const arg auth constructor such instead go also return did
into characters expression let tell original who why different through nothing after does same
error called always directory another those option reference either new supported oh command test
his call general very things method thing down public yes way array each files argument thought
better their doing had sorry type mean even pattern width give find regular man data say still
thank sure http our variable being too between language generated copy matching maybe line found
tests including modules install around author set output environment two whether while build free
run functions given request details much values note problem simple instance regex change list
check already attribute love property actually running title returned description sections
performance since range src great modified required again every center place true format made
night img its arguments contains class help application parser warning most current thanks rights
works off include above getting match last trying notice properties system server open special
currently start syntax project requests long message api three changes control keep strings form
allowed implementation internal us filename wrong operator wait listen talk examples part align
defined case connection standard parameters commands important both course passed second parameter
order permission father single whole additional point life home text ever hash process based
whatever put cannot away create money foundation experimental years release path coming modify
features feature kind stop read usage least sometimes working provide making target matches
written many except missing multiple inside sequence future leave next handle mother buffer later
pretty business results numbers security within sub operation day write left invalid won feel
world style god below created context else valid names unless done fine script nice house field
outside cause writing having custom mapping event messages objects structure once content result
friend locale types browser comparison br requires show own client key boolean foo included access
big configuration old rules response rather encode require uses thinking definition languages
named major alt input received print family defaults keys attributes expected present interface
reason complete party parse today question makes specific apply am try girl json real classes pod
stuff end ready block import cases failed pass closed status care woman purpose mind promise
school times friends though looks stay representation events usually perhaps full user best follow
allows welcome bad length baby along taking validation published workers map forget setting
development previous color table legal history dead scalar callback contents date add testing
started close hell leading greater statement bring patch kill hold lot colors ok integer miss
state enabled namespace escape windows includes difference material level seen memory references
move common header room column starting calling year word master transparent existing added turn
watch happy ask changed translation worker throw top permissions words exception literal less
template head generate spec charge constant body individual small switch construct sense comment
via network collection formats boy applications pipeline doctor days person almost live temporary
holder strict break die limited subject cover binary third strong yet hope play allow extension
disable fast empty others send released advanced connect hard known stream schema car runs params
normal record clear implement location product reading users answer picture tools latest shows
external runtime false recommended position closing paths quite local resolve few count group
phone convert handler replacement web streams hand failure easy calls core continue moment sort
global lines enable during sent heart meta resources main machine initial service lost five
interesting job country routine mom hours gets expect bar changing offer address deal override
rest points disabled items stand side hands drink bytes son white office front correct issue
socket large projects configure sleep four replace soon door taken although story commercial child
native cool space late face page perfect private death prefix parts component report utility
generation explicit reserved identifier mode official config water hi limit connections unknown
elements men bit element components scripts recommend company symbol figure flag extensions light
computer alias seconds processing actual index resolution broken effect fields fixed fact avoid
instructions truth basic systems builder community define pull compiler developer equal letter
binding street styles size high tokens kid short mine playing ahead middle unexpected transaction
search week nested law none jack pack null fight learn query sets save hospital town shot
dependency medium debug power women export trust scope publish far codes compatible zero living
compression practice random opening conversion half url mit extended entry walk keywords entries
black sounds compile label share game sit built blood cut cache often interest exist signal pick
ensure platform final fire ignore cluster overflow comments clean detect safe secret hour month
coffee express contact book unique finished team past headers alive positive hit io forward catch
begin entity clients updated html floating forgot flat shoot manual quant declare piece thus sign
stack manifest tap member extra complex drive effective walking pay media logo join conversation
force token per store human touch profile plugin sound plan agent eat sending site prior moving
background experience amount static update music upgrade reports production grant physical sweet
initialize perform fun fall net met exceptions step fail transform execute generic execution
organization bug metadata fetch modern floor display absolute tool download load instances finish
offset repository alpha constants exit window represent quick plain integration interactive action
height proxy news timeout cookie fatal risk stars court drop ass luck raw smart city exercise eval
preferred fix loop dream imports image handles square linked certificate exists movie tree orange
spaces shared digit responses task folder hot gun framework design compare sentence members paper
notes blocks nodes due cost lists standing forms hang six repeat links dark js dr food positions
account engine hair adding base updates double tuple keyword contract places helper maps delete
speed red mark console dynamic management throws lead exact seven byte plus push fault info titles
dog buy magic wrapped act parent translate deep term revision cold direct layer refer solution
category link increment segment bed states quote station render lord sharing progress pictures
beat max among christ transfer rule em direction track subscription collections raised jump async
storage bet partner sell groups stick war price editor unit pages countries upon fully converted
king detail hotel queue view targets model extend favorite exchange ordered ten reach primary
manager earth port suite registered policy eight chunk international abstract flags ve domain
capture finding ball combine servers activities plane train generator bill fair channel blue
summer pipe trace sources destroy credentials scheme insert credit reverse claim lots typed env
ground near sex sup monitor ending road expanded un char ext rich min mac cloud ver super dis mar
mad grand validate sh ch percent ben har enc app bright und tiny patient star mail lib principal
church ref chain analysis sam pieces defines reader nature tom gold mess tracking inline fish skip
natural national filter brain signed split green duplicate dispatch saved reflect tutorial quotes
inner cross ship judge bundle adds records outer expand nor serve slice st incoming den wild
services inc functional locations yellow average post models flow vendor preview trans origin sing
radio health quit construction verb chief incorrect raise plugins intersection root orders
interaction appointment secure oct ann club flight trigger air played decode total shift scene
locked win exclusive caller identity completed feed north evaluate review cop bottom park danger
registry edge unable hidden lower zip css card controls schedule fit uniform camera song land
overall plans pic assets ring es counter mission extract lights hook student edit area destination
tables active reset offers fresh todo round products dump trip grow manage sch books al actions um
mic board inject brown assembly quantity logging hide duration transport fill provider templates
dev press south dirty weak pre bank rock settings stage dir inf silver commit mixed wall num
closure customer stories clock warm research lock mon strength endpoint paid develop setup args
loss wrapper born layers shadow sites pointer tag ticket grab thread training glass answers foot
lie roll void trade ste fee lang ge select logical tasks demo increase seat shape bound nick
driver focus blank collect bucket weapon period bits th eye battle bridge ma register sync
distance intent strike calendar camp animal series river`;

/** More of them, which are one token in lower case after a space. */
export const COMMON_WORDS_AFTER_SPACE = `
yeah following versions going anything documentation available okay dependencies canonical https
people specified everything href didn provided optional doesn terms means conditions automatically
covered understand otherwise probably said remember modifications might possible believe together
yourself happened equivalent however methods installation supports enough directly particular
talking tried looking someone containing against wanted behavior useful patterns copies marked
errors everybody morning distributed told certain exactly wouldn somebody couldn everyone
modification provides guess matter supposed explicitly itself guys beautiful combined specify
invariant implemented libraries minute decimal considered consider compatibility permitted shall
saying happen hear attempt glob installed until longer discovered appropriate minutes relative
derivative similar takes variables expressions limitation myself compiled heard meant wasn
documents brother needed came applicable immediately haven signature beginning indicating anyone
releases programs building described contain questions problems prototype went designed preserve
ranges completely authors combination indicates killed therefore separate necessary comes intended
branch according compress alone trouble anybody removed wants ignored related idea nobody waiting
married various convey says undefined regardless anyway warnings shouldn wish happens children
chance needs meet meaning further especially responsible simply normally remove compilation
summary anymore afraid restrictions likely indicated wonderful matched parties entitled worry
interpreted knew aren accept captain receive associated took alternative freedom breaking
requirements produce telling police asked situation granted prove behind president absolutely
become maximum listed wife applies couple generally detected daughter negative parsed husband
knows reasonable purposes somewhere months exports terminal earlier operations finally executed
resolved whose supplied interested packages ordinary represents distributions limitations choice
operating brought definitions notation choose handling gone contained relationship several entire
million requirement dinner young expansion illegal themselves able serious declaration larger
giving aggregate addition contribution feeling anonymous claims attempted leaving typically across
contributions asking certainly texts satisfy stupid peculiar minor followed prominent passing
correctly specifically prevent yours suppose speak returning environments shut coverage gave
unfortunately sister possibly assignment manually issues operators refers dangerous accepts girls
goes lieutenant faster resulting secondary ones creates condition follows independent possibility
documented seems satisfies protect hurt parents personal looked himself straight depending explain
platforms attention anywhere statements meeting careful prints indicate wrote configured
potentially neither responsibility assume previously happening letters approach checking suitable
respect generating creating covers complicated representing produces appreciate boys dear watching
expecting effectively properly eyes portion treated mechanism subsequent yesterday appear turned
forever besides lady treat impossible apparently tested detection depends hate partial sequences
thrown extent evening checks decided declared concerns definitely gives ladies facilities encoded
receives easier mistake afternoon beyond article protection searching decide decision
functionality electronic designated encountered mentioned automatic paragraph early universal
agreement opened developers remain arbitrary generates failing higher shown reasons surprise
government creation strange starts escaped improvements discussed trailing imagine recognized
minimal differences obviously remains difficult terrible wonder requested seem speaking
communication becomes architecture convenience dance worked prefer involved confused printed
stated stating entirely replaced ways consistent putting officer older behaviour protocol
seriously significant underlying thinks weeks discussion clothes restricted greatest lives dropped
guide remaining separated processed basically phrase lose whenever minimum separately glad
identical assuming describes permit totally consequence evidence department accessible determine
algorithm applied murder fails temporal till contribute stopped invoked respectively sick
sensitive sitting died accepted seeing caught checked popular accident pleasure particularly worth
encryption quickly regarding accuracy unlikely listening complexity useless implements assigned
attempting unlike professor quiet carry weird clearly frequently uncle verify passes marriage
facility talked requiring restriction suppress supply broke technical tired thousands causes
breakfast stable everywhere college successful performed somehow obvious figured thousand archive
missed loading knowledge realize hundred improve singular assumed killing wondering parallel visit
fighting comfortable historical offering smaller expressed handled tells spirit remote enables
authentication loved proper algorithms keeping maintenance worse dollars introduced ride backwards
proposal arrangement loaded accurate detailed maintained turning reported mention imported
determined mouth bother marry represented driving ability printf understood poor bought
necessarily somewhat favor essentially excellent allowing connected caused relax derived legacy
agree combining dealing keeps promised steps extremely translated indent arrays opportunity lookup
strictly strongly satisfied consecutive occurs alternatives twice standards hasn pressure quality
planning spend differ kiss benefit holding embedded loose kept feet depend shooting matters honor
professional produced describe miles explanation widely felt practices traditional convenient
conflict lawyer supporting attack initialized became attempts exclude placed ourselves displayed
simultaneously basis primitive overhead programming restaurant easily horse correction kinds bugs
conduct feelings leaves providing lying exposed performing agents throwing relevant differently
agreed protected voice recognize contributed bless literally suddenly maintain familiar compar
minim provision bare guard neighborhood confusing personally understanding capabilities concerned
prepared university powerful elsewhere identify interpretation consisting surrender introduce
conflicts destroyed discuss willing honest situations controlled expects occurred dress companies
receiving rejected foreach achieve ought eventually kitchen moved investigation consumption
learned plenty picked perfectly enjoy assign replacing adjacent opinion identification attach
attached located compact structures performs fell manner assumes individually helpful forgotten
acting prince intellectual proud teacher garbage march extending advice prison brothers wear
similarly reporting bunch connecting medical helping pain appears absence switching advantage fool
operate believed altogether busy losing closer accessed blow possession displays defining locally
liked herself bringing searched indeed corner ownership acceptable expensive guilty suggestions
preserved iterator witness highly bigger deliver copied fired carefully television hoping aware
essential suggest reached symbols quoted individuals existence hierarchy arrest doubt dying
numerical commander precise mostly subsequently noticed feels measures committee fellow explaining
excited suspect boat teach hearing locate military disappeared interpret authority brilliant
environ crime flowers promises implicit slightly peace silence tries heaven wherever falling
comparing infinite dressed threatened intend fork effort signing affected lived distinct letting
machines reproduce consume feedback bodies substr execut relationships distinguish stopping
showing brief hardly obtained theory seemed powers integrate knock materials singing walked calm
football informed boundary secretary redirect established smoke whereas political faith confusion
pulled originally opposite representations breaks thoughts inspired suggested precision papers
suit silly assistant army breath applying signals transmission smile worst volume triggered laugh
director awesome judgment removing awful flying helped intelligence describing repeatedly realized
approved edition highlight mountain reality victim contest assert competition science criminal
convention constantly cousin arrested career passage turns ideas hence weapons invited majority
sufficient beauty accompanied`;

/** The commonest pairs of letters in English: the first letter, then all that follow it often. */
export const COMMON_PAIRS =
  "abcdfghiklmnprstuvwy baeiloruy caehkoru daeinos eacdefilmnoprstvwxy faefiort gaehiorsu " +
  "haeiorty icdefgklmnrstv ju kaeins ladeiklopswy mabeioruy nacdegiklnoty " +
  "obcdefghiklmnoprstuvwy pelpru racdeiklnorsty sacehiknostu taehilorstuwy uaceghlnprsty vei " +
  "waehinor xt ybeiost";

/** The characters of other scripts, and signs, that are one token each. */
export const COMMON_CHARACTERS = `
¡¢£¤¥¦§¨©«¬®¯°±²³´¶·¹»¼½¾¿×،‐‑–—―‘’‚“”„†•…‰′″›※₂€™←↑→↓−─━│═█░■►●★☆♀♥♪✔、。《》「」『』【】〜・！（），－．／０
１２３４５６７８９：；＞？～･￥
ªºÀÁÂÃÄÇÉÍÎÐÑÓÖÚÜßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýāăąćčĐđēęěğīİıłńōőœřśşšţťūůűźżžơưșțəạảấầẩậắ
ặếềểệỉịọỏốồổỗộớờởụủứửữự
άέήίαβγδεηθικλμνοπρςστυφχωό
АБВГДЕЗИКЛМНОПРСТУФЦЧЭЯабвгдежзийклмнопрстуфхцчшщъыьэюяёі
אבדהוחילמנערשת
أإابةتثجحخدذرزسشصضطظعغفقكلمنهوىيَُِّْپکگی
µंकतनपमरलसहािीुेो्নরািে্ிு்്ា
กขคงจชณดตถทนบปผพมยรลวสหอะัาำิีืุูเแใไ็่้์
あいうえおかがきくけこごさざしじすせそただちっつてでとどなにのはばまみめもやよらりるれろわをんアィイウェエオカキクグコサシジスズセタダチッテデトドナニバパビピフブプペポマムメャュョ
ラリルレロンー
一万三上下不与专业东两个中串为主么义之也书了事二于五些交产享京人亿今介从他付代以们件价任份企优会传但位体何余作你使例供価保信修倍值停像元先入全公共关其具内円册再写出击分列则初利别到
制前力功加务动動包化北区十午华单南即历原去县参及友反发取变口只可台右号司合同名后向否含听启告员周命和品哈商問器四回因国图土在地场址型城基報場填增声处备复外多大天失头女好如始子字存学
安宋完定实审客家容密对导将小少尔就局展山岁州工左已市布常平年并广序库应店度建开异式引张当录形影径待後得微心必志态思性总息您情意感成我或户所手打找技投报拉持指按换据排接推提播支收改放
政效数整文料断新方族无日时明易星是時景更最月有服期木未本机权束条来板构析果查标样核格案检模次款止正此步歳段每比民気水求江汽没治法注活流海消清游源火点無然片版物特率环现球理生用由电男
画界番登的监目直相省看県真知码确示社票私种科秒称移程稍税稿空立站章端笑符第等签简算管箱米类系素索约级线组经结给络统编网置美老考者而联能自至色节英藏行表装西要見见规视角解言計記話読计
议记论设证评试话询该详语误说请读调象责败账货购费资起超路身车转软载辑输达过运近还这进连述退送选通速造連道邮部都配释里重量金钟钮链销错键长開間関门闭问间队阳陆限院除雅集雷需非面音页
项预频题额首验高黑
가간값개거게결경고공과구그글기나내는능니다당대도동되된드든들디라래러력로록료류른를름리만메면명목문미버번보복부분비사산상색생서성세션소수스습시식신아야어에여열오와요용우운원위으은을
음의이인일임입자작장재적전정제져조주지진째체출치터턴트하한할함해호화환`;
