package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private static int spendAll(RetryBudget budget, long now) {
    int spent = 0;
    while (budget.spend(now)) {
      spent++;
    }
    return spent;
  }

  @Test
  void requests_earn_a_share_of_themselves() {
    RetryBudget budget = new RetryBudget(20, 0, 0);
    spendAll(budget, 0);
    for (int i = 0; i < 100; i++) {
      budget.earn();
    }
    assertEquals(20, spendAll(budget, 0), 1);
  }

  @Test
  void time_earns_the_floor() {
    RetryBudget budget = new RetryBudget(0, 3, 0);
    spendAll(budget, 0);
    assertEquals(0, spendAll(budget, 300_000_000L));
    assertEquals(30, spendAll(budget, 10_300_000_000L), 1);
  }

  @Test
  void what_is_saved_is_bounded() {
    RetryBudget budget = new RetryBudget(100, 1000, 0);
    for (int i = 0; i < 100_000; i++) {
      budget.earn();
    }
    assertTrue(spendAll(budget, 1_000_000_000_000L) <= 100);
  }

  @Test
  void nothing_is_allowed_beyond_a_spent_budget_of_zero() {
    RetryBudget budget = new RetryBudget(0, 0, 0);
    spendAll(budget, 0);
    budget.earn();
    assertEquals(0, spendAll(budget, Long.MAX_VALUE / 2));
  }
}
