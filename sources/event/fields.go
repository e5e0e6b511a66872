package event

import (
	"strings"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Kind is which customer record a draft is.
type Kind uint8

// The kinds, by the name that canonical JSON and mappings give them.
const (
	Transaction Kind = iota + 1
	Profile
	Lifecycle
	RM
	Credit
	Complaint
	RMAction
	Balance
	Seed
	Override
)

// Kinds are the kinds by name, in the order of their numbers.
var Kinds = []string{"transaction", "profile", "lifecycle", "rm", "credit", "complaint", "rm_action", "balance", "seed", "override"}

// KindOf finds a kind by its name, 0 if there is none.
func KindOf(name string) Kind {
	for i, k := range Kinds {
		if k == name {
			return Kind(i + 1)
		}
	}
	return 0
}

// Type is what a field holds, and so how a source's text becomes it.
type Type uint8

// The types. Money and Units have two spellings: `amount_minor` (an integer) and
// `amount` (a decimal, scaled by the currency's or the unit's minor units).
const (
	// Text is set as it is.
	Text Type = iota + 1
	// EnumText is one of Field.Enum.
	EnumText
	// Flag is a boolean.
	Flag
	// Int is a whole number.
	Int
	// Money is in minor units of the record's currency.
	Money
	// BaseMoney is in minor units of the base currency.
	BaseMoney
	// Units is in smallest units of the record's unit (Unit, else the currency).
	Units
	// Date is a civil date: days from 1970-01-01.
	Date
	// Instant is a moment: UTC seconds.
	Instant
	// EventID is `source:txn_id:version` as one text.
	EventID
	// EventRef is `source:txn_id` or `source:txn_id:version` of another event.
	EventRef
	// Path is a list of names, outermost first.
	Path
)

// Field is one thing a record can say.
type Field struct {
	// Name is the canonical name (docs/mapping.md).
	Name string
	Type Type
	// Required fields must be mapped, and must not be blank.
	Required bool
	Enum     *Enum
	// SetText takes Text, EventID, EventRef and Path; SetInt all others (Flag: 0
	// or 1; EnumText: the number). Only one of them is set.
	SetText func(r *pb.LogRecord, v string)
	SetInt  func(r *pb.LogRecord, v int64)
}

// Decimal is the second spelling of a Money or Units field, which takes decimals
// instead of smallest units; empty for other types.
func (f *Field) Decimal() string {
	if f.Type != Money && f.Type != BaseMoney && f.Type != Units {
		return ""
	}
	if f.Name == "quantity" {
		return "units"
	}
	return strings.TrimSuffix(f.Name, "_minor")
}

// Fields are the fields of a kind, in the order of the tables of docs/mapping.md.
func Fields(k Kind) []Field {
	switch k {
	case Transaction:
		return transactionFields
	case Profile:
		return profileFields
	case Lifecycle:
		return lifecycleFields
	case RM:
		return rmFields
	case Credit:
		return creditFields
	case Complaint:
		return complaintFields
	case RMAction:
		return rmActionFields
	case Balance:
		return balanceFields
	case Seed:
		return seedFields
	case Override:
		return overrideFields
	}
	return nil
}

// NewDraft allocates a record of a kind, everything unsaid.
func NewDraft(k Kind) *pb.LogRecord {
	switch k {
	case Transaction:
		return &pb.LogRecord{Transaction: &pb.Transaction{Origin: &pb.Origin{}}}
	case Profile:
		return &pb.LogRecord{Profile: &pb.CustomerProfile{Origin: &pb.Origin{}}}
	case Lifecycle:
		return &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{Origin: &pb.Origin{}}}
	case RM:
		return &pb.LogRecord{Rm: &pb.RmAssignment{Origin: &pb.Origin{}}}
	case Credit:
		return &pb.LogRecord{Credit: &pb.CreditStatus{Origin: &pb.Origin{}}}
	case Complaint:
		return &pb.LogRecord{Complaint: &pb.Complaint{Origin: &pb.Origin{}}}
	case RMAction:
		return &pb.LogRecord{RmAction: &pb.RmAction{Origin: &pb.Origin{}}}
	case Balance:
		return &pb.LogRecord{Balance: &pb.BalanceSnapshot{Origin: &pb.Origin{}}}
	case Seed:
		return &pb.LogRecord{Seed: &pb.TierSeed{Origin: &pb.Origin{}}}
	case Override:
		return &pb.LogRecord{Override: &pb.TierOverride{Origin: &pb.Origin{}}}
	}
	return &pb.LogRecord{}
}
