package io.meridian.health;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What one signal costs the control loop. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EstimatorBenchmark {
  private final HealthPolicy policy = new HealthPolicy(2, 2);
  private final List<SwitchRule.Candidate> candidates =
      List.of(
          new SwitchRule.Candidate(12, 10, HealthState.HEALTHY),
          new SwitchRule.Candidate(90, 10, HealthState.HEALTHY),
          new SwitchRule.Candidate(200, 10, HealthState.EJECTED),
          new SwitchRule.Candidate(230, 10, HealthState.HEALTHY));
  private Estimate estimate = Estimate.of(Prior.UNKNOWN);
  private EndpointState state = EndpointState.initial(0);
  private SwitchRule.Incumbent incumbent = SwitchRule.Incumbent.NONE;
  private long now;

  @Benchmark
  public Estimate sample() {
    now += 1_000_000_000L;
    estimate = LatencyEstimator.sample(estimate, 20 + (now & 7), now);
    return estimate;
  }

  @Benchmark
  public Object probeOk() {
    now += 1_000_000_000L;
    state = policy.next(state, new Signal.ProbeOk(now), HealthPolicy.Guard.NORMAL, now);
    return state;
  }

  @Benchmark
  public Object traffic() {
    now += 1_000_000L;
    state = policy.next(state, new Signal.Traffic(10, 0), HealthPolicy.Guard.NORMAL, now);
    return state;
  }

  @Benchmark
  public SwitchRule.Incumbent switchRule() {
    now += 1_000_000_000L;
    incumbent = SwitchRule.next(incumbent, candidates, now);
    return incumbent;
  }
}
