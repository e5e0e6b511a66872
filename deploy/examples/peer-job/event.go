package peerjob

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is what the job reads of a record.
type Event struct {
	ID        string    `json:"event_id"`
	Customer  string    `json:"customer_id"`
	Direction string    `json:"direction"`
	Amount    int64     `json:"amount_minor"`
	Balance   int64     `json:"balance_after_minor"`
	Time      time.Time `json:"event_time"`
	Booking   string    `json:"booking_date"`
	// day is Booking in days since 1970.
	day int32
}

// Read reads an event of the topic.
func Read(value []byte) (*Event, error) {
	e := &Event{}
	if err := json.Unmarshal(value, e); err != nil {
		return nil, fmt.Errorf("read event: %w", err)
	}
	booked, err := time.Parse(time.DateOnly, e.Booking)
	if err != nil {
		return nil, fmt.Errorf("read event: %w", err)
	}
	e.day = int32(booked.Unix() / secondsDay)
	return e, nil
}

// ReadChange reads an output of the job on Kafka Streams.
func ReadChange(value []byte) (Change, error) {
	var out struct {
		Customer string `json:"customer_id"`
		Day      string `json:"day"`
		Old      int    `json:"old_tier"`
		New      int    `json:"new_tier"`
	}
	if err := json.Unmarshal(value, &out); err != nil {
		return Change{}, fmt.Errorf("read change: %w", err)
	}
	day, err := time.Parse(time.DateOnly, out.Day)
	if err != nil {
		return Change{}, fmt.Errorf("read change: %w", err)
	}
	return Change{Customer: out.Customer, Day: int32(day.Unix() / secondsDay), Old: out.Old, New: out.New}, nil
}
