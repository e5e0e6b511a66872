package event

import (
	"strings"
	"unicode/utf8"
)

// Cause says why a record was not used. Causes are stable: they label metrics
// and dead letters, and scripts filter by them.
type Cause string

// The causes of this package and of sources/mapping and sources/file. A mapping
// may add its own.
const (
	MalformedJSON   Cause = "malformed_json"
	MalformedProto  Cause = "malformed_proto"
	MalformedCSV    Cause = "malformed_csv"
	RowWidth        Cause = "row_width"
	InvalidUTF8     Cause = "invalid_utf8"
	TooLarge        Cause = "too_large"
	TooDeep         Cause = "too_deep"
	WrongType       Cause = "wrong_type"
	MissingField    Cause = "missing_field"
	NoCustomer      Cause = "no_customer"
	UnknownEnum     Cause = "unknown_enum"
	UnmappedValue   Cause = "unmapped_value"
	UnknownCurrency Cause = "unknown_currency"
	LookupMissing   Cause = "lookup_missing"
	BadNumber       Cause = "bad_number"
	TooPrecise      Cause = "too_precise"
	NegativeAmount  Cause = "negative_amount"
	AmountOverflow  Cause = "amount_overflow"
	OutOfRange      Cause = "out_of_range"
	BadDate         Cause = "bad_date"
	DateRange       Cause = "date_range"
	ValueDateRange  Cause = "value_date_range"
	FutureDay       Cause = "future_day"
	IDLength        Cause = "id_length"
	BadText         Cause = "bad_text"
	BadID           Cause = "bad_id"
	NoRate          Cause = "no_rate"
	BaseAmount      Cause = "base_amount"
	Reversal        Cause = "reversal"
	NotCustomer     Cause = "not_a_customer_record"
	SchemaVersion   Cause = "schema_version"
)

// Causes are the causes above.
func Causes() []Cause {
	return []Cause{
		MalformedJSON, MalformedProto, MalformedCSV, RowWidth, InvalidUTF8, TooLarge, TooDeep, WrongType,
		MissingField, NoCustomer, UnknownEnum, UnmappedValue, UnknownCurrency, LookupMissing, BadNumber, TooPrecise,
		NegativeAmount, AmountOverflow, OutOfRange, BadDate, DateRange, ValueDateRange, FutureDay, IDLength,
		BadText, BadID, NoRate, BaseAmount, Reversal, NotCustomer, SchemaVersion,
	}
}

// Reject is a record that cannot be used. It is data, not a failure: it goes to
// the dead letters and the stream goes on.
type Reject struct {
	Cause Cause
	// Field is the canonical name of the field at fault, or empty.
	Field string
	// Detail tells a person the value (shortened) and what would be right.
	Detail string
}

// Error implements error.
func (r *Reject) Error() string {
	if r.Field == "" {
		return string(r.Cause) + ": " + r.Detail
	}
	return string(r.Cause) + ": " + r.Field + ": " + r.Detail
}

// shown is how much of a value a Detail has, in bytes.
const shown = 40

// Show shortens a value for a Detail. A Detail is a string of Protobuf: the cut is between
// characters, and bytes that are no UTF-8 become U+FFFD.
func Show[T ~string | ~[]byte](v T) string {
	if len(v) <= shown {
		return strings.ToValidUTF8(string(v), "\uFFFD")
	}
	end := shown
	for end > shown-utf8.UTFMax && !utf8.RuneStart(v[end]) {
		end--
	}
	return strings.ToValidUTF8(string(v[:end]), "\uFFFD") + "…"
}
