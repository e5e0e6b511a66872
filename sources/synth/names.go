package synth

import "fmt"

var (
	surnames = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏")
	given    = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲红建英华慧玉萍飞鑫波斌宇浩凯健俊帆婷雪琳晨阳佳欣怡睿轩涵梓妍")
)

// city is a branch (分行) with its sub-branches (支行).
type city struct {
	code, name string
	subs       int
}

var cities = []city{
	{"NJ", "南京", 9},
	{"SH", "上海", 12},
	{"BJ", "北京", 12},
	{"SZ", "深圳", 10},
	{"HZ", "杭州", 8},
	{"SU", "苏州", 8},
	{"CD", "成都", 8},
	{"WH", "武汉", 7},
	{"GZ", "广州", 9},
	{"TJ", "天津", 6},
}

// branch is a sub-branch with its path from the head office (总行).
type branch struct {
	path   []string
	region string
	// rms are its relationship managers; the last is the pool for small clients.
	rms []string
}

// managers is the number of relationship managers of a sub-branch, without its
// private banker and its pool.
const managers = 5

var branches = func() (all []branch) {
	for _, c := range cities {
		for s := range c.subs {
			b := branch{path: []string{"HQ", c.code, fmt.Sprintf("%s-%02d", c.code, s+1)}, region: c.name}
			for m := range managers {
				b.rms = append(b.rms, fmt.Sprintf("R-%s%02d-%d", c.code, s+1, m+1))
			}
			b.rms = append(b.rms, "PB-"+c.code+"-"+string(rune('1'+s%3)), fmt.Sprintf("POOL-%s%02d", c.code, s+1))
			all = append(all, b)
		}
	}
	return all
}()

// The indices of the two special relationship managers of a branch.
const (
	privateBanker = managers
	pool          = managers + 1
)

// otherBanks are where money goes: name and CNAPS code.
var otherBanks = []struct{ name, code string }{
	{},
	{"招商银行", "308584000013"},
	{"平安银行", "307584007998"},
	{"工商银行", "102100099996"},
	{"建设银行", "105100000017"},
	{"中信银行", "302100011000"},
	{"兴业银行", "309391000011"},
	{"微众银行", "323584000888"},
	{"宁波银行", "313332082914"},
}

// merchants are merchant category codes, 0 none: groceries, restaurants, fast
// food, department stores, clothing, fuel, taxis, chemists, electronics, online,
// hotels, cinemas.
var merchants = []string{"", "5411", "5812", "5814", "5311", "5651", "5541", "4121", "5912", "5732", "5964", "7011", "7832"}

// name is the masked display name: the surname, and of three characters the last.
func (b *Bank) name(c *customer) (display, phone string) {
	r := stream(b.params.Seed, saltName, uint64(c.no), 0)
	// Common surnames come first and are drawn more often.
	s := string(surnames[r.low(0, int64(len(surnames)-1), 2)])
	display = s + "*"
	if r.chance(8_600) {
		display += string(given[r.below(int64(len(given)))])
	}
	return display, fmt.Sprintf("%04d", r.below(10_000))
}
