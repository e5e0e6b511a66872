package clickhouse

import (
	"errors"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// refusals are the codes by which ClickHouse says that a block's content, not its
// own state, is at fault. Only these set rows aside. Everything else is waited for,
// loudly: connections, memory, disk, too many parts pass by themselves, and a
// missing table, column or right is the operator's to mend, after which the very
// same rows go in.
var refusals = []int32{
	6,   // CANNOT_PARSE_TEXT
	27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
	38,  // CANNOT_PARSE_DATE
	41,  // CANNOT_PARSE_DATETIME
	69,  // ARGUMENT_OUT_OF_BOUND
	70,  // CANNOT_CONVERT_TYPE
	72,  // CANNOT_PARSE_NUMBER
	117, // INCORRECT_DATA
	131, // TOO_LARGE_STRING_SIZE
	321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
	349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
	469, // VIOLATED_CONSTRAINT
	691, // UNKNOWN_ELEMENT_OF_ENUM
}

// refused tells that the rows themselves were refused. Errors of the driver are
// not: the columns are typed here, so it can only mean a schema that differs.
func refused(err error) bool {
	exception, ok := errors.AsType[*proto.Exception](err)
	return ok && slices.Contains(refusals, exception.Code)
}

// errForm is of a column that the driver could not fill: the table's is of another
// type than its row in the column list. Waiting for the schema is all there is to do.
var errForm = errors.New("the table does not take what is inserted")

// What is tried again beside inserts: reads, and commits of offsets.
const (
	reasonKafka  = "kafka"
	reasonCommit = "commit"
)

// reasons are all that something is tried again for: those of reason, and the two.
var reasons = []string{
	"connection", "timeout", "busy", "memory", "disk", "too_many_parts", "replicas", "shards", "schema", "access", "server",
	reasonKafka, reasonCommit,
}

// reason names an error for a metric: few values, none from the data.
func reason(err error) string {
	if errors.Is(err, errForm) {
		return "schema"
	}
	exception, ok := errors.AsType[*proto.Exception](err)
	if !ok {
		return "connection"
	}
	switch exception.Code {
	case 159, 160, 209:
		return "timeout"
	case 202, // TOO_MANY_SIMULTANEOUS_QUERIES
		236, // ABORTED: it is being stopped
		394, // QUERY_WAS_CANCELLED: so, or by somebody
		439, // CANNOT_SCHEDULE_TASK: no thread is free
		473, // DEADLOCK_AVOIDED: another statement held the table too long
		745: // SERVER_OVERLOADED
		return "busy"
	case 241:
		return "memory"
	case 243, 1001:
		return "disk"
	case 252:
		return "too_many_parts"
	case 225, 242, 285, 286, 319, 999:
		return "replicas" // no Keeper or no quorum; 319: rows may be in or not
	case 210, 279:
		return "shards" // a Distributed table cannot reach one
	case 16, 60, 81, 122:
		return "schema"
	case 497, 516:
		return "access"
	default:
		return "server"
	}
}
