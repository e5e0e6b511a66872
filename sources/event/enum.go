package event

import (
	"maps"
	"sort"

	"github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/internal/words"
)

// Enum is a vocabulary of names and their proto numbers, without the
// UNSPECIFIED zero.
type Enum struct {
	table   *words.Table
	names   []string
	numbers []int64
}

func newEnum(values map[string]int32, rename map[string]string) *Enum {
	e := &Enum{}
	for name, n := range values {
		if n != 0 {
			if other, ok := rename[name]; ok {
				name = other
			}
			e.names = append(e.names, name)
			values[name] = n // values is a copy
		}
	}
	sort.Slice(e.names, func(i, j int) bool { return values[e.names[i]] < values[e.names[j]] })
	for _, name := range e.names {
		e.numbers = append(e.numbers, int64(values[name]))
	}
	e.table = words.New(e.names)
	return e
}

// Vocabulary is one of the given names, which are distinct, and their numbers.
func Vocabulary(names []string, numbers []int64) *Enum {
	return &Enum{table: words.New(names), names: names, numbers: numbers}
}

// Number finds a name; ok is false if it is none of the vocabulary's.
func (e *Enum) Number(name []byte) (n int64, ok bool) {
	i := e.table.Find(name)
	if i < 0 {
		return 0, false
	}
	return e.numbers[i], true
}

// Names are the names in the order of their numbers.
func (e *Enum) Names() []string { return e.names }

func (e *Enum) has(n int32) bool { return n > 0 && int(n) <= len(e.names) }

// The vocabularies of docs/mapping.md, "Fields of a transaction".
var (
	accountTypes      = newEnum(maps.Clone(tierwatchpb.AccountType_value), nil)
	txnTypes          = newEnum(maps.Clone(tierwatchpb.TxnType_value), nil)
	directions        = newEnum(maps.Clone(tierwatchpb.Direction_value), nil)
	statuses          = newEnum(maps.Clone(tierwatchpb.TxnStatus_value), nil)
	initiators        = newEnum(maps.Clone(tierwatchpb.Initiator_value), nil)
	channels          = newEnum(maps.Clone(tierwatchpb.Channel_value), nil)
	counterpartyTypes = newEnum(maps.Clone(tierwatchpb.CounterpartyType_value), map[string]string{"COUNTERPARTY_MERCHANT": "MERCHANT"})
	reversalKinds     = newEnum(maps.Clone(tierwatchpb.ReversalKind_value), nil)
	balanceTrusts     = Vocabulary([]string{"NONE", "ORDERED", "DAY"}, []int64{0, 1, 2})
)
