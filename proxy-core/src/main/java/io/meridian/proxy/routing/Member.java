package io.meridian.proxy.routing;

import io.meridian.config.AtLeast;
import io.meridian.config.Group.Policy;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A member of a group: a region, or a group again. */
public sealed interface Member {
  /** Of a region or a group. */
  String name();

  /**
   * A region.
   *
   * @param name of it
   */
  record Leaf(String name) implements Member {}

  /**
   * A group.
   *
   * @param weight among the members of the group that it is in; null: not given
   * @param minHealthy members that have to be well
   */
  record Group(
      String name,
      Policy policy,
      List<Member> members,
      AtLeast minHealthy,
      @Nullable Integer weight)
      implements Member {

    /** This group and all in it. */
    void each(Consumer<Group> visitor) {
      visitor.accept(this);
      for (Member member : members) {
        if (member instanceof Group inner) {
          inner.each(visitor);
        }
      }
    }
  }
}
