package explaining

import (
	"fmt"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
)

// words are the texts of a page in one language.
type words struct {
	asOf, atClose, clock, together, told, closed, policy, rm, accounts, metrics, scores, score, part, scheme, period, results, alerts, none, before string
	misses, watch, since, guarantee, protected, held, proposed, condition, reached, falls, below, stays, estimate                                   string
	money, topUp, waiting, unreachable, sum, healed, book                                                                                           string
	standing                                                                                                                                        map[string]string
	entries                                                                                                                                         func(entries, waiting int) string
}

// Languages lists the languages of a page.
var languages = map[string]*words{
	"zh": {
		asOf: "截至", atClose: "截至 %s 日终", clock: "日志时钟 %s", together: "%s 未单独日结，与至 %s 的各日一并日结",
		told: "（以下为 %s 所述，文中“今天”即该日）", closed: "已日结至", policy: "政策", rm: "客户经理", accounts: "账户", metrics: "指标", scores: "评分",
		score: "%s 得分 %s", part: "%s：%s × 权重 %s = %s", scheme: "方案 %s", period: "本期 %s 至 %s", results: "最近各期",
		alerts: "未结预警", none: "无", before: "文本在重新分区前的预警主题中", misses: "未达标 %d / %d 期", watch: "观察中", since: "自 %s", guarantee: "保级至 %s",
		protected: "保护期至 %s", held: "人工保留至 %s", proposed: "已建议降级", condition: "要求 %s ≥ %s，现为 %s",
		reached: "若无新动账，本期达到 %s", falls: "若无新动账，将于 %s 降为 %s", below: "若无新动账，将于 %s 降至现有各级以下", stays: "若无新动账，无下调",
		estimate:    "，若无新动账的期末预计值",
		money:       "门槛 %s，预计日均 %s，差 %s；剩余每日需 %s",
		topUp:       "%s 存入 %s 并留存至期末即可达标；此后各期需保持 %s",
		waiting:     "推迟到 %s 则需 %s",
		unreachable: "本期已无法靠存款达标", sum: "本期累计积数 %s", healed: "余额曾校正", book: "账面",
		entries: func(n, waiting int) string {
			return fmt.Sprintf("明细 %d 笔，等待原交易的冲正 %d 笔", n, waiting)
		},
		standing: map[string]string{"NEW": "尚未定级", "ACTIVE": "等级", "EXITED": "已退出"},
	},
	"en": {
		asOf: "As of", atClose: "As of the close of %s", clock: "the log's clock %s", together: "%s was closed together with the days through %s",
		told: `(said on %s: "today" in it is that day)`, closed: "days closed through", policy: "policy", rm: "manager", accounts: "Accounts", metrics: "Metrics", scores: "Scores",
		score: "%s scores %s", part: "%s: %s x weight %s = %s", scheme: "Scheme %s", period: "open period %s to %s", results: "Last periods",
		alerts: "Open alerts", none: "none", before: "its text lies in the alerts of the log before its repartition", misses: "misses %d of %d", watch: "on watch", since: "since %s", guarantee: "guaranteed until %s",
		protected: "protected until %s", held: "held by a person until %s", proposed: "a fall is proposed", condition: "asks %s >= %s, has %s",
		reached: "with no activity the period reaches %s", falls: "with no activity falls on %s to %s", below: "with no activity falls on %s, below all tiers in force", stays: "no fall ahead with no activity",
		estimate:    ", estimate to its end with no activity",
		money:       "threshold %s, estimated average %s, short by %s; needs %s on each remaining day",
		topUp:       "on %s a deposit of %s, held to the end, keeps it; later periods need %s",
		waiting:     "waiting until %s makes it %s",
		unreachable: "no deposit can reach it any more", sum: "sum of daily balances so far %s", healed: "balance was corrected", book: "book",
		entries: func(n, waiting int) string {
			if waiting == 1 {
				return count.Of(n, "entry") + ", 1 reversal waits for its original"
			}
			return count.Of(n, "entry") + ", " + count.Of(waiting, "reversal") + " wait for their original"
		},
		standing: map[string]string{"NEW": "no tier yet", "ACTIVE": "tier", "EXITED": "has left"},
	},
}

// Known says whether a page can be written in the language.
func Known(lang string) bool { return languages[lang] != nil }
