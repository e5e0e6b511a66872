package mapping

import (
	"gopkg.in/yaml.v3"

	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/file"
	"github.com/tierwatch/tierwatch/sources/internal/decimal"
	"github.com/tierwatch/tierwatch/sources/internal/words"
	"github.com/tierwatch/tierwatch/sources/mapping/jsonscan"
)

// Program is a compiled mapping: immutable, shared by any number of Mappers.
type Program struct {
	// Name and Version are the mapping's own.
	Name    string
	Version int
	// Format is how files of this mapping are read.
	Format file.Format
	// Zone is the zone of local times, empty for the deployment's.
	Zone string

	fileName string
	formatAt *yaml.Node // the block format, or its separator
	// formatField is the path of the block.
	formatField string
	columns     []column
	plan        *jsonscan.Plan // nil for rows of cells
	trim        bool
	extras      bool // $line and the like are used
	rules       []rule
	marker      *marker // nil: no row ends a day
	outputs     []output
	first       bool // only the first output whose condition holds
	dates       int  // ops that read a date
}

// column is a column or JSON path that the mapping uses; its index is its slot.
type column struct {
	name  string
	place *yaml.Node
	field string
	// word is a word of the field's vocabulary that stands where a column should.
	word bool
	// optional columns may be missing in a file; their values are then absent.
	optional bool
}

// The slots of values that no column holds come after the columns'.
const (
	slotLine = iota
	slotNumber
	slotFile
	slotPartition
	extraSlots
)

var extraNames = map[string]int{"$line": slotLine, "$number": slotNumber, "$file": slotFile, "$partition": slotPartition}

type rule struct {
	verb   verb
	when   when
	reason string
	reject event.Reject
}

type verb uint8

const (
	drop verb = iota + 1
	keep
	reject
)

type output struct {
	kind event.Kind
	when when
	ops  []op
	// short is the short way of each op.
	short []hop
	// always and bySlot say which ops a row needs, as bits over ops: a canonical
	// record has three times more fields than a row fills. Nil bySlot: all ops.
	always opSet
	bySlot []opSet
}

// opSet is a set of the first 128 ops.
type opSet [2]uint64

func (s *opSet) add(i int) { s[i/64] |= 1 << (i % 64) }

// index makes the sets of an output over a number of slots.
func (o *output) index(slots int) {
	if len(o.ops) > 128 {
		return
	}
	o.bySlot = make([]opSet, slots)
	for i := range o.ops {
		if o.ops[i].plain {
			o.bySlot[o.ops[i].src.slot].add(i)
		} else {
			o.always.add(i)
		}
	}
}

// op sets one field.
type op struct {
	field *event.Field
	src   source
	// plain ops do nothing when their column is absent.
	plain   bool
	decimal bool // the decimal spelling of an amount
	nulls   *words.Table
	dict    *words.Table
	keys    []string  // of dict
	entries []literal // by dict's index
	// unmapped is what a value outside dict becomes; nil rejects it.
	unmapped *literal
	// blank is what a blank becomes; nil leaves the field unsaid, or rejects the
	// row if the field is required.
	blank    *literal
	required bool
	layout   *layout
	style    decimal.Style
	round    decimal.Round
	sign     sign
	negate   bool
}

// literal is a constant, converted for its field where that needs no currency.
type literal struct {
	text      string
	num       int64
	converted bool
	// dec is the number of a field that holds one, as the mapping writes numbers,
	// whatever style the source has.
	dec    decimal.Decimal
	number bool
}

type sign uint8

const (
	signNone sign = iota
	// signCredit: a positive amount is a CREDIT, a negative one a DEBIT.
	signCredit
	// signDebit is the other way round.
	signDebit
	signAbs
)

// source is where a value comes from; exactly one part is in use.
type source struct {
	kind    sourceKind
	slot    int
	parts   []part    // template
	factors []factor  // product
	cases   []oneCase // cases
	other   *literal  // constant; cases: if none holds, nil for a blank
	strict  bool      // cases: none holding rejects the row
	table   *table    // lookup
	key     *source
	column  int
	blank   bool // lookup: a missing key is a blank instead of a reject
}

type sourceKind uint8

const (
	fromSlot sourceKind = iota + 1
	fromConst
	fromTemplate
	fromProduct
	fromCases
	fromLookup
)

type part struct {
	text string
	slot int // -1: text
}

type factor struct {
	slot  int // -1: value
	value decimal.Decimal
	text  string // of value, as it is written
}

type oneCase struct {
	when when
	then literal
}
