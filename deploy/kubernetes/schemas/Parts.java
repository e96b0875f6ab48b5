import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import io.strimzi.api.kafka.model.user.KafkaUserAuthorizationSimple;
import io.strimzi.api.kafka.model.user.KafkaUserScramSha512ClientAuthentication;
import io.strimzi.api.kafka.model.user.acl.AclRuleGroupResource;
import io.strimzi.api.kafka.model.user.acl.AclRuleTopicResource;

/** The members of a KafkaUser of which its class says no more than that there are several kinds, each as a resource. */
public class Parts {
  @Group("parts") @Version("v1")
  public static class Login extends CustomResource<KafkaUserScramSha512ClientAuthentication, Void> {}

  @Group("parts") @Version("v1")
  public static class Rules extends CustomResource<KafkaUserAuthorizationSimple, Void> {}

  @Group("parts") @Version("v1")
  public static class OfTopic extends CustomResource<AclRuleTopicResource, Void> {}

  @Group("parts") @Version("v1")
  public static class OfGroup extends CustomResource<AclRuleGroupResource, Void> {}
}
