package ledger

import (
	"math"

	"github.com/cespare/xxhash/v2"
)

// Slot is a customer's place in a partition's Store.
type Slot uint32

// Store owns the state of all customers of a partition. Not safe for concurrent
// use: one goroutine owns a partition.
type Store struct {
	Texts Texts
	heads Table[Customer]
	// index is an open hash table: the upper half of a customer's hash above his
	// slot + 1, so that other customers' heads are not looked at.
	index    []uint64
	entries  Arena[Entry]
	extras   Arena[Extra]
	waits    Arena[Wait]
	accounts Arena[Account]
	moves    Arena[Move]
	pairs    Arena[Pair]
	rares    Arena[rare]
	scratch  []Move
	// filters are of the few customers with many entries, awaited of those with many waits.
	filters, awaited filters
	// places are the extras' places of the few customers with many.
	places map[Text]map[uint64]uint32
	// low is the first day of an entry or a movement that came, went or changed since
	// TakeLow.
	low   int32
	named Named
}

// TakeLow is the first day on which an entry (business day) or a movement (value day)
// came, went or changed since it was last asked, NoDay: none did.
func (s *Store) TakeLow() int32 {
	d := s.low
	s.low = NoDay
	return d
}

// NoDay is later than every day.
const NoDay int32 = math.MaxInt32

// changed notes that something of day d came, went or changed.
func (s *Store) changed(d int32) { s.low = min(s.low, d) }

// Customer is the fixed-size head of a customer: 64 bytes, one line of the
// processor's cache.
type Customer struct {
	Hash     uint64
	ID       Text
	entries  Ref
	head     uint32
	nEntries uint32
	accounts Ref
	// Day is the newest event's day; Closed the day he was last closed through.
	Day, Closed int32
	// Due is the day of the CLOSE that must visit him next, 0: none.
	Due int32
	// RawFrom is the day from which single entries are held.
	RawFrom int32
	// Since is the profile's since_day.
	Since int32
	// Profile is the index + 1 of his profile in the fold's table, 0: none.
	Profile uint32
	rare    Ref
	// Complaints is the number of open complaints.
	Complaints uint16
	nAccounts  uint8
	Flags      uint8
}

// rare is what few customers have.
type rare struct {
	extras, waits, pairs Ref
	nExtras              uint32
	nWaits, nPairs       uint16
}

// rareOf is the customer's rare part for reading: nothing if he has none.
func (s *Store) rareOf(c *Customer) rare {
	if c.rare == 0 {
		return rare{}
	}
	return s.rares.Block(c.rare)[0]
}

// makeRare is the customer's rare part, made if absent.
func (s *Store) makeRare(c *Customer) *rare {
	if c.rare == 0 {
		c.rare = s.rares.Alloc(1)
	}
	return &s.rares.Block(c.rare)[0]
}

// Customer flags.
const (
	// Touched: had a record since he was last closed.
	Touched uint8 = 1 << iota
	// Settled: in every scheme his periods have begun and he has not left.
	Settled
	// Gone: profile says he has left.
	Gone
	// Foreign: holds a unit other than base.
	Foreign
	// Replan: what was projected is void.
	Replan
	// Dropped: entries of his were forgotten (DropBefore).
	Dropped
)

// Pair is a booking with the balance after it, of an unclosed day, for sources
// whose order within a day is unknown (semantics 3, `day`).
type Pair struct {
	// ID is that of the booking's entry.
	ID                       uint64
	Signed, After, Tolerance int64
	Day                      int32
	Account                  uint8
	// Undone tells that the booking was taken back or replaced before its day closed.
	Undone bool
	_      [2]uint8
}

// HashID is the fixed hash by which customers, accounts and events are known.
func HashID(id string) uint64 { return xxhash.Sum64String(id) }

// Len is the number of customers.
func (s *Store) Len() int { return s.heads.Len() }

// At is the customer in a slot; it stays valid.
func (s *Store) At(slot Slot) *Customer { return s.heads.At(slot) }

// Find looks a customer up.
func (s *Store) Find(id string) (Slot, bool) { return s.find(HashID(id), id) }

func (s *Store) find(h uint64, id string) (Slot, bool) {
	if len(s.index) == 0 {
		return 0, false
	}
	mask := uint64(len(s.index) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		v := s.index[i]
		if v == 0 {
			return 0, false
		}
		if v>>32 != h>>32 {
			continue
		}
		if c := s.At(Slot(uint32(v) - 1)); c.Hash == h && s.Texts.Get(c.ID) == id {
			return Slot(uint32(v) - 1), true
		}
	}
}

// Make finds a customer or makes him.
func (s *Store) Make(id string) (slot Slot, fresh bool) {
	h := HashID(id)
	if slot, ok := s.find(h, id); ok {
		return slot, false
	}
	if (s.Len()+1)*3 > len(s.index)*2 {
		s.rehash()
	}
	slot = Slot(s.Len())
	s.heads.Add(Customer{Hash: h, ID: s.Texts.Add(id)})
	s.put(slot)
	return slot, true
}

func (s *Store) put(slot Slot) {
	mask := uint64(len(s.index) - 1)
	h := s.At(slot).Hash
	i := h & mask
	for s.index[i] != 0 {
		i = (i + 1) & mask
	}
	s.index[i] = h>>32<<32 | uint64(slot+1)
}

func (s *Store) rehash() {
	s.index = make([]uint64, max(64, 2*len(s.index)))
	for i := range s.Len() {
		s.put(Slot(i))
	}
}

// Less orders customers by (hash, id): the order of every drain.
func (s *Store) Less(a, b Slot) bool {
	x, y := s.At(a), s.At(b)
	if x.Hash != y.Hash {
		return x.Hash < y.Hash
	}
	return s.Texts.Get(x.ID) < s.Texts.Get(y.ID)
}

// Accounts are the customer's accounts in the order they were made; valid until
// the next MakeAccount.
func (s *Store) Accounts(c *Customer) []Account { return s.accounts.Block(c.accounts)[:c.nAccounts] }

// FindAccount is the slot of an account, -1 if there is none.
func (s *Store) FindAccount(c *Customer, id string) int { return s.FindHashed(c, HashID(id), id) }

// FindHashed is FindAccount for who knows the hash of the id, HashID(id).
func (s *Store) FindHashed(c *Customer, h uint64, id string) int {
	as := s.Accounts(c)
	for i := range as {
		if as[i].Hash == h && s.Texts.Get(as[i].ID) == id {
			return i
		}
	}
	return -1
}

// MaxAccounts bounds the accounts of one customer.
const MaxAccounts = 255

// MakeAccount adds an account; the caller has seen that it is new and that there
// are fewer than MaxAccounts.
func (s *Store) MakeAccount(c *Customer, id string) int {
	n := int(c.nAccounts)
	c.accounts = s.accounts.Grow(c.accounts, n, n+1)
	s.accounts.Block(c.accounts)[n] = Account{Hash: HashID(id), ID: s.Texts.Add(id)}
	c.nAccounts++
	return n
}

// Pairs are the observations of unclosed days.
func (s *Store) Pairs(c *Customer) []Pair {
	r := s.rareOf(c)
	return s.pairs.Block(r.pairs)[:r.nPairs]
}

// AddPair keeps an observation until its day closes; false when 65535 wait.
func (s *Store) AddPair(c *Customer, p Pair) bool {
	if !s.RoomForPair(c) {
		return false
	}
	r := s.makeRare(c)
	r.pairs = s.pairs.Grow(r.pairs, int(r.nPairs), int(r.nPairs)+1)
	s.pairs.Block(r.pairs)[r.nPairs] = p
	r.nPairs++
	return true
}

// RoomForPair tells whether AddPair has room.
func (s *Store) RoomForPair(c *Customer) bool { return s.rareOf(c).nPairs < 1<<16-1 }

// UndoPairs marks the observations of the booking with this id as undone.
func (s *Store) UndoPairs(c *Customer, id uint64) {
	ps := s.Pairs(c)
	for i := range ps {
		if ps[i].ID == id {
			ps[i].Undone = true
		}
	}
}

// KeepPairs keeps the first n pairs (after the caller moved the kept ones there).
func (s *Store) KeepPairs(c *Customer, n int) {
	if n < len(s.Pairs(c)) {
		s.makeRare(c).nPairs = uint16(n)
	}
}

// Bytes is the memory that the slabs and the filters hold.
func (s *Store) Bytes() int64 {
	return s.Texts.Bytes() + s.heads.Bytes() + int64(len(s.index))*8 + s.rares.Bytes() +
		s.entries.Bytes() + s.extras.Bytes() + s.waits.Bytes() + s.accounts.Bytes() + s.moves.Bytes() + s.pairs.Bytes() +
		s.filters.bytes + s.awaited.bytes
}
